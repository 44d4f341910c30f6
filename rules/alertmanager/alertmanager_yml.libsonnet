// alertmanager.yml, and values of kube-prometheus-stack that hold the same.
local inhibitions = import 'inhibitions.libsonnet';
local matchers = import 'matchers.libsonnet';
local mentions = import 'mentions.libsonnet';
local message = import 'message.libsonnet';
local trees = import 'tree.libsonnet';

// Where the operator mounts the Secrets of alertmanagerSpec.secrets.
local mounted(secret) = '/etc/alertmanager/secrets/%s/%s' % [secret.name, secret.key];

local address(slack, secret) =
  if slack.tokenType == 'webhook' then { api_url_file: mounted(secret) } else {
    api_url: slack.apiUrl,
    http_config: { authorization: { credentials_file: mounted(secret) } },
  };

local slackConfig(config, said, who) =
  said
  + address(config.slack, who.secret)
  + { send_resolved: who.sendResolved }
  + (if who.channel == '' then {} else { channel: who.channel })
  + (if who.mentions == [] then {} else { pretext: mentions.text(who.mentions) })
  + (if config.slack.updateMessage then { update_message: true } else {});

local receiver(config, said, of) =
  if of.slack == null then { name: of.name }
  else { name: of.name, slack_configs: [slackConfig(config, said, of.slack)] };

local route(tree) = {
  receiver: tree.route.receiver,
  matchers: std.map(matchers.written, tree.route.matchers),
  group_by: tree.route.groupBy,
  group_wait: tree.route.groupWait,
  group_interval: tree.route.groupInterval,
  repeat_interval: tree.route.repeatInterval,
  routes: [
    { receiver: child.receiver, matchers: std.map(matchers.written, child.matchers) }
    for child in tree.route.routes
  ],
};

local inhibit(rule) = {
  source_matchers: std.map(matchers.written, rule.source),
  target_matchers: std.map(matchers.written, rule.target),
  equal: rule.equal,
};

local stackRule(source, target, equal) = { source_matchers: source, target_matchers: target, equal: equal };

// What kube-prometheus-stack has in the three lists that ours take the place of (Helm does not merge lists).
local stack = {
  receivers: [{ name: 'null' }],
  routes: [{ receiver: 'null', matchers: ['alertname = "Watchdog"'] }],
  inhibit_rules: [
    stackRule(['severity = critical'], ['severity =~ warning|info'], ['namespace', 'alertname']),
    stackRule(['severity = warning'], ['severity = info'], ['namespace', 'alertname']),
    stackRule(['alertname = InfoInhibitor'], ['severity = info'], ['namespace']),
    { target_matchers: ['alertname = InfoInhibitor'] },
  ],
};

local secrets(tree) = std.set([of.slack.secret.name for of in tree.receivers if of.slack != null]);

local lists(config) =
  local on = config.slack.secret.name != '';
  local tree = trees.of(config);
  // Once: it is long, and the same in all.
  local said = message.fields(config.links);
  {
    receivers: stack.receivers + (if on then [receiver(config, said, of) for of in tree.receivers] else []),
    inhibit_rules: stack.inhibit_rules + (if on then std.map(inhibit, inhibitions.ours) else []),
    routes: stack.routes + (if on then [route(tree)] else []),
  };

{
  standalone(config)::
    local made = lists(config);
    {
      route: { receiver: 'null', group_by: ['namespace'], routes: made.routes },
      receivers: made.receivers,
      inhibit_rules: made.inhibit_rules,
    },

  stackValues(config)::
    local made = lists(config);
    {
      alertmanager: {
        alertmanagerSpec: { secrets: secrets(trees.of(config)) },
        config: {
          route: { routes: made.routes },
          receivers: made.receivers,
          inhibit_rules: made.inhibit_rules,
        },
      },
    },
}
