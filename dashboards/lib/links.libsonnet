// Links between dashboards, by their uids, and to crash logs.
//
// In a table a link is of one column, and takes from its row what it needs.
local range = '${__url_time_range}';
local field(name) = '${__data.fields["%s"]}' % name;

function(config) {
  // What every dashboard has: the menu of all of them.
  menu: {
    title: 'Kubevigil',
    type: 'dashboards',
    tags: [config.dashboards.tags[0]],
    asDropdown: true,
    includeVars: true,
    keepTime: true,
    targetBlank: false,
    icon: 'external link',
    tooltip: '',
    url: '',
  },

  // variables: { name: value }
  path(uid, variables)::
    local all = { datasource: '${datasource}' } + variables;
    '/d/%s?%s&%s' % [uid, std.join('&', ['var-%s=%s' % [name, all[name]] for name in std.objectFields(all)]), range],

  to(title, url, away=false):: { title: title, url: url, targetBlank: away },

  // From a column of a table to a dashboard; variables: { name: column }.
  columnTo(title, uid, variables):: {
    links: [$.to(title, $.path(uid, { [name]: field(variables[name]) for name in std.objectFields(variables) }))],
  },

  local logs(namespace, pod) =
    std.rstripChars(config.logsUrl, '/')
    + std.strReplace(std.strReplace(config.dashboards.logsPath, '@NAMESPACE_SHOWN@', namespace), '@POD_SHOWN@', pod),

  // Of a table with the columns namespace and pod, on top of its other links; nothing where nobody said where logs are.
  columnLogs:
    if config.logsUrl == '' then []
    else [$.to('Crash logs', logs(field('namespace'), field('pod')), away=true)],

  // Of a dashboard with the variables namespace and pod.
  logs:
    if config.logsUrl == '' then []
    else [{
      title: 'Crash logs',
      type: 'link',
      url: logs('${namespace}', '${pod}'),
      targetBlank: true,
      icon: 'doc',
      tooltip: 'What was sent of this pod',
      tags: [],
      asDropdown: false,
      includeVars: false,
      keepTime: false,
    }],
}
