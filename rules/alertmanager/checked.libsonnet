// `_config.slack` as it was written -> what the rest works with, or all mistakes at once, a line each.
//
// config(written): { slack, namespace, alerts, links }: of each route all keys are there, and `ownSecret`.
// warnings(config): what is left out in the chosen mode, a sentence each.
local defaults = import 'defaults.libsonnet';
local globs = import 'globs.libsonnet';
local matchers = import 'matchers.libsonnet';
local mentions = import 'mentions.libsonnet';
local reasons = import 'reasons.libsonnet';
local strategy = import 'strategy.libsonnet';

local routeKeys = ['name', 'namespaces', 'matchers', 'channel', 'severities', 'mentions', 'secret', 'sendResolved'];
local said(list) = std.join(', ', list);
local when(fault, sentence) = if fault then [sentence] else [];
local characters(text) = std.set(std.stringChars(text));
local only(text, extra) =
  text != '' && std.setDiff(characters(text), characters('abcdefghijklmnopqrstuvwxyz0123456789' + extra)) == [];

local each(where, list, valid, what) =
  if !std.isArray(list) then ['%s is a list of %s.' % [where, what]]
  else ['%s has %s; it is a list of %s.' % [where, std.toString(item), what] for item in list if !valid(item)];
local unknown(where, object, keys) =
  if !std.isObject(object) then ['%s is a map with the keys %s.' % [where, said(keys)]]
  else [
    '%s has no key %s; there are %s.' % [where, key, said(keys)]
    for key in std.setDiff(std.objectFields(object), std.set(keys))
  ];
local choice(where, value, values) =
  when(!std.member(values, value), '%s is %s; there are %s.' % [where, std.toString(value), said(values)]);
local glob(item) = std.isString(item) && globs.valid(item);
local duration(where, value) =
  local sound = std.isString(value) && std.length(value) > 1 && only(value, '') && std.member('0123456789', value[0]);
  when(!sound, '%s is %s; a duration is such as 30s, 5m or 12h.' % [where, std.toString(value)]);
// A channel's name or id, or nothing. No template: it would come from here into Alertmanager's hands.
local channel(where, value) =
  when(
    !std.isString(value) || std.length(value) > 81 || std.setInter(characters(value), characters(' \t\n{}<>"')) != [],
    '%s is %s; a channel is such as #alerts, or its id.' % [where, std.toString(value)],
  );

local who(where, of) =
  local severity(item) = std.member(['critical', 'warning'], item);
  local people = '@here, @channel, @everyone, ids of groups (S...), of users (U...)';
  each(where + '.severities', of.severities, severity, 'critical and warning')
  + when(of.severities == [], '%s.severities is empty: nobody would be told anything.' % where)
  + each(where + '.mentions', of.mentions, mentions.valid, people)
  + channel(where + '.channel', of.channel)
  + when(!std.isBoolean(of.sendResolved), '%s.sendResolved is true or false.' % where)
  + unknown(where + '.secret', of.secret, ['name', 'key', 'urlKey']);

local route(slack, written) =
  local named = std.isObject(written) && 'name' in written;
  local where = if named then 'slack.routes[%s]' % written.name else 'slack.routes';
  unknown(where, written, routeKeys)
  + if !std.isObject(written) then [] else
    when(!('name' in written) || !only(written.name, '-'), where + ': a route needs a name of a-z, 0-9 and -.')
    + each(where + '.namespaces', std.get(written, 'namespaces', []), glob, 'namespaces, or globs of them with * and ?')
    + each(
      where + '.matchers',
      std.get(written, 'matchers', []),
      function(m) std.isString(m) && matchers.parsed(m) != null,
      'matchers such as team="x" or owner=~"a|b"'
    )
    + who(
      where,
      { [key]: slack[key] for key in ['channel', 'severities', 'mentions', 'sendResolved', 'secret'] } + written
    );

local bots(slack) =
  local bot = slack.tokenType == 'bot';
  when(slack.ownerRouting && !bot, 'slack.ownerRouting needs slack.tokenType bot: a webhook posts to its own channel only.')
  + when(slack.updateMessage && !bot, 'slack.updateMessage needs slack.tokenType bot: a webhook cannot edit its messages.')
  + when(bot && slack.channel == '' && slack.secret.name != '', 'slack.channel is not set: a bot must be told where to post.')
  + [
    'slack.routes[%s].channel needs slack.tokenType bot, or a secret of the route: ' % r.name +
    'a webhook posts to its own channel only.'
    for r in slack.routes
    if !bot && std.get(r, 'channel', slack.channel) != slack.channel && !('secret' in r)
  ];

local mistakes(config) =
  local slack = config.slack;
  local names = std.sort([r.name for r in slack.routes if std.isObject(r) && 'name' in r]);
  local twice = [names[i] for i in std.range(1, std.length(names) - 1) if names[i] == names[i - 1]];
  local known = std.objectFields(reasons(config));
  local shape =
    unknown('slack', slack, std.objectFields(defaults))
    + choice('slack.mode', slack.mode, ['values', 'perNamespace', 'cluster'])
    + choice('slack.tokenType', slack.tokenType, ['webhook', 'bot'])
    + unknown('slack.ignore', slack.ignore, ['namespaces', 'containers', 'reasons'])
    + each('slack.ignore.namespaces', slack.ignore.namespaces, glob, 'namespaces, or globs of them with * and ?')
    + each('slack.ignore.containers', slack.ignore.containers, glob, 'containers, or globs of them with * and ?')
    + each('slack.ignore.reasons', slack.ignore.reasons, function(r) std.member(known, r), said(known))
    + duration('slack.groupWait', slack.groupWait)
    + duration('slack.groupInterval', slack.groupInterval)
    + duration('slack.repeatInterval', slack.repeatInterval)
    + who('slack', slack)
    + std.flattenArrays([route(slack, r) for r in slack.routes])
    + ['slack.routes has two routes of the name %s.' % name for name in twice];
  local refused =
    if slack.mode != 'cluster' || slack.secret.name == '' then ''
    else strategy.refusal(slack.matcherStrategy, slack.alertmanagerNamespace != '');
  // Only of a list of the right shape one can ask what it means.
  if shape != [] then shape else bots(slack) + when(refused != '', refused);

{
  config(written)::
    local nested = { [key]: defaults[key] + std.get(written.slack, key, {}) for key in ['secret', 'ignore'] };
    local full = { slack: defaults + written.slack + nested, namespace: written.namespace, alerts: written.alerts };
    local found = mistakes(full);
    if found != [] then error std.join('\n', found) else {
      namespace: written.namespace,
      alerts: written.alerts,
      links: {
        runbooks: written.runbookUrl,
        grafana: written.grafanaUrl,
        logs: written.logsUrl,
        alertmanager: full.slack.externalUrl,
      },
      slack: full.slack {
        routes: [
          // Whom a route calls, and where a webhook of its own posts to, is its own affair.
          {
            namespaces: [],
            matchers: [],
            mentions: [],
            channel: if full.slack.tokenType == 'webhook' && 'secret' in r then '' else full.slack.channel,
          }
          + { [key]: full.slack[key] for key in ['severities', 'sendResolved'] }
          + r
          + { ownSecret: 'secret' in r, secret: full.slack.secret + std.get(r, 'secret', {}) }
          for r in super.routes
        ],
      },
    },

  warnings(config)::
    local slack = config.slack;
    if slack.secret.name == '' then ['slack.secret.name is not set: no route to Slack is made.']
    else if slack.mode != 'perNamespace' then []
    else std.flattenArrays([
      when(!r.ownSecret, 'Route %s has no secret of its own: in mode perNamespace it is left out.' % r.name)
      + when(r.ownSecret && r.namespaces == [], 'Route %s names no namespace: in mode perNamespace it is left out.' % r.name)
      + [
        'Route %s: %s is a glob; in mode perNamespace only namespaces by name get an AlertmanagerConfig.' %
        [r.name, name]
        for name in r.namespaces
        if r.ownSecret && !globs.exact(name)
      ]
      for r in slack.routes
    ]),
}
