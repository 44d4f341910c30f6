// The message, as the fields of Alertmanager's slack_configs; their texts are the templates in slack/.
//
// In those files TEXT(n) is what is shown of a label or an annotation: one line, Slack's & < > escaped, n characters at
// most. CODE(n) is the same between backticks. Both are exact bounds: the whole text stays below 3,000 characters and
// the title below 150, whatever a label holds (tests/alerting shows it).
local escaped =
  'reReplaceAll "[\\\\p{C}\\\\s]+" " " | reReplaceAll "&" "&amp;" | reReplaceAll "<" "&lt;" | reReplaceAll ">" "&gt;"';
local shown = {
  TEXT: escaped,
  CODE: escaped + ' | reReplaceAll "`" "\'"',
};

// The text with each MARK(n) as what cuts at n characters, and leaves no half of an entity at the end.
local marked(text, mark) =
  local parts = std.split(text, mark + '(');
  local cut(part) =
    local halves = std.splitLimit(part, ')', 1);
    shown[mark] + ' | printf "%.' + halves[0] + 's" | reReplaceAll "&[a-z]{0,3}$" ""' + halves[1];
  std.join('', [parts[0]] + std.map(cut, parts[1:]));
local expanded(text) = marked(marked(text, 'TEXT'), 'CODE');

// A file without the end of its last line. (std.rstripChars takes its time with a long one.)
local content(file) =
  local lines = std.split(file, '\n');
  std.join('\n', lines[:std.length(lines) - 1]);

local linked(file, links) =
  local here = if links.alertmanager == '' then '{{ .ExternalURL }}' else std.rstripChars(links.alertmanager, '/');
  local bases = {
    '@RUNBOOKS@': links.runbooks,
    '@GRAFANA@': std.rstripChars(links.grafana, '/'),
    '@LOGS@': links.logs,
    '@ALERTMANAGER@': here,
  };
  expanded(std.foldl(function(done, key) std.strReplace(done, key, bases[key]), std.objectFields(bases), content(file)));

// A button leads somewhere or is not there. One that is there always has an address: Slack refuses a message of which
// one button has none, so what is not of one alert leads to the base.
local buttons(links) = [
  { type: 'button', text: button.text, url: linked(button.url, links) }
  for button in [
    { text: 'Runbook', base: links.runbooks, url: importstr 'slack/runbook.tmpl' },
    { text: 'Dashboard', base: links.grafana, url: importstr 'slack/dashboard.tmpl' },
    { text: 'Logs', base: links.logs, url: importstr 'slack/logs.tmpl' },
    { text: 'Silence', base: '@ALERTMANAGER@', url: importstr 'slack/silence.tmpl' },
  ]
  if button.base != ''
];

{
  // What is the same in all receivers. links: { runbooks, grafana, logs, alertmanager }, '' for what is not there.
  fields(links)::
    local title = linked(importstr 'slack/title.tmpl', links);
    {
      title: title,
      title_link: if links.grafana == '' then $.alertsLink(links) else linked(importstr 'slack/dashboard.tmpl', links),
      fallback: title,
      text: linked(importstr 'slack/text.tmpl', links),
      color: linked(importstr 'slack/color.tmpl', links),
      footer: linked(importstr 'slack/footer.tmpl', links),
      mrkdwn_in: ['pretext', 'text'],
      actions: buttons(links),
    },

  // The title's link where there is no Grafana.
  alertsLink(links):: linked(importstr 'slack/alerts.tmpl', links),

  // For texts that get their links later.
  placeholders:: { runbooks: '@RUNBOOKS@', grafana: '@GRAFANA@', logs: '@LOGS@', alertmanager: '@ALERTMANAGER@' },
}
