// AlertmanagerConfig objects, monitoring.coreos.com/v1alpha1: the version that kube-prometheus-stack's CRD serves.
local inhibitions = import 'inhibitions.libsonnet';
local mentions = import 'mentions.libsonnet';
local message = import 'message.libsonnet';
local trees = import 'tree.libsonnet';

local slackMessage(links) =
  local fields = message.fields(links);
  {
    [key]: fields[key]
    for key in ['title', 'fallback', 'text', 'color', 'footer', 'actions']
  } + { titleLink: fields.title_link, mrkdwnIn: fields.mrkdwn_in };

local selector(secret, key) = { name: secret.name, key: key };

local address(slack, secret) =
  if slack.tokenType == 'webhook' then { apiURL: selector(secret, secret.key) } else {
    apiURL: selector(secret, secret.urlKey),
    httpConfig: { authorization: { credentials: selector(secret, secret.key) } },
  };

local slackConfig(config, said, who) =
  said
  + address(config.slack, who.secret)
  + { sendResolved: who.sendResolved }
  + (if who.channel == '' then {} else { channel: who.channel })
  + (if who.mentions == [] then {} else { pretext: mentions.text(who.mentions) })
  + (if config.slack.updateMessage then { updateMessage: true } else {});

local receiver(config, said, of) =
  if of.slack == null then { name: of.name }
  else { name: of.name, slackConfigs: [slackConfig(config, said, of.slack)] };

local inhibitRules(rules) = [{ sourceMatch: r.source, targetMatch: r.target, equal: r.equal } for r in rules];

local object(config, said, namespace, tree) = {
  apiVersion: 'monitoring.coreos.com/v1alpha1',
  kind: 'AlertmanagerConfig',
  metadata: { name: 'kubevigil', namespace: namespace, labels: { 'app.kubernetes.io/name': 'kubevigil' } },
  spec: {
    route: tree.route,
    receivers: [receiver(config, said, of) for of in tree.receivers],
    inhibitRules: inhibitRules(inhibitions.ours),
  },
};

{
  slackMessage:: slackMessage,
  inhibitRules:: inhibitRules,

  objects(config)::
    local slack = config.slack;
    // Once: it is long, and the same in all.
    local said = slackMessage(config.links);
    if slack.mode == 'perNamespace' then
      [object(config, said, namespace, trees.within(config, namespace)) for namespace in trees.namespaces(config)]
    else if slack.mode == 'cluster' then
      local namespace = if slack.alertmanagerNamespace == '' then config.namespace else slack.alertmanagerNamespace;
      [object(config, said, namespace, trees.of(config))]
    else [],
}
