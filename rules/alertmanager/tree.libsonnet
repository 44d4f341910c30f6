// The one form that all outputs are made of. routes.libsonnet tells its shape and the order of the routes.
//
// trees.of(config): the whole tree; trees.within(config, namespace): what of it is for an object in that namespace.
// `config` is checked.libsonnet's: of each route every key is there.
local globs = import 'globs.libsonnet';
local matchers = import 'matchers.libsonnet';
local reasons = import 'reasons.libsonnet';

local nobody = 'kubevigil-null';
local unique(list) = std.foldl(function(found, item) if std.member(found, item) then found else found + [item], list, []);

local receiver(name, who) = {
  name: name,
  slack: { channel: who.channel, mentions: who.mentions, secret: who.secret, sendResolved: who.sendResolved },
};

local severity(who) = matchers.oneOf('severity', who.severities);

// Each way: { receiver: as above or null, matchers }.
local ignored(config) =
  local ignore = config.slack.ignore;
  local silent = unique(std.flattenArrays([reasons(config)[reason] for reason in ignore.reasons]));
  [
    { receiver: null, matchers: [matcher] }
    for matcher in
      globs.matcher('namespace', ignore.namespaces)
      + globs.matcher('container', ignore.containers)
      + (if silent == [] then [] else [matchers.oneOf('alertname', silent)])
  ];

local owners(slack, secret) = if !slack.ownerRouting then [] else [{
  receiver: receiver('kubevigil-owner', slack { channel: '{{ .GroupLabels.slack_channel }}', mentions: [], secret: secret }),
  matchers: [{ name: 'slack_channel', matchType: '!=', value: '' }, severity(slack)],
}];

local routed(routes) = [
  {
    receiver: receiver('kubevigil-route-' + route.name, route),
    matchers: globs.matcher('namespace', route.namespaces) + [severity(route)] + std.map(matchers.parsed, route.matchers),
  }
  for route in routes
];

local rest(slack) = [{ receiver: receiver('kubevigil', slack), matchers: [severity(slack)] }];

local tree(slack, ways) = {
  receivers: [{ name: nobody, slack: null }] + [way.receiver for way in ways if way.receiver != null],
  route: {
    receiver: nobody,
    matchers: [{ name: 'alertname', matchType: '=~', value: 'Kubevigil.+' }],
    // A message an incident: all that fires in a namespace. Apart by severity, so that what is critical never waits for
    // groupInterval behind what is not.
    groupBy: ['namespace', 'severity'] + (if slack.ownerRouting then ['slack_channel'] else []),
    groupWait: slack.groupWait,
    groupInterval: slack.groupInterval,
    repeatInterval: slack.repeatInterval,
    routes: [
      { receiver: if way.receiver == null then nobody else way.receiver.name, matchers: way.matchers }
      for way in ways
    ],
  },
};

{
  of(config)::
    local slack = config.slack;
    tree(slack, ignored(config) + owners(slack, slack.secret) + routed(slack.routes) + rest(slack)),

  // The routes that have an object of their own in the namespace: those that name it and have their own Secret.
  routesOf(config, namespace)::
    [route for route in config.slack.routes if route.ownSecret && std.member(route.namespaces, namespace)],

  namespaces(config):: unique([config.namespace] + std.flattenArrays([
    std.filter(globs.exact, route.namespaces)
    for route in config.slack.routes
    if route.ownSecret
  ])),

  within(config, namespace)::
    local slack = config.slack;
    local routes = self.routesOf(config, namespace);
    local home = namespace == config.namespace;
    local secret = if home || routes == [] then slack.secret else routes[0].secret;
    tree(
      slack,
      ignored(config) + owners(slack, secret) + routed(routes) + (if home then rest(slack) else [])
    ),
}
