// Alertmanager routes to Slack, from one list: `_config.slack` (its keys and defaults: defaults.libsonnet).
//
//   alertmanager.config    the content of an alertmanager.yml that stands alone
//   alertmanager.values    a fragment of values for kube-prometheus-stack (mode `values`)
//   alertmanager.configs   AlertmanagerConfig objects, v1alpha1 (modes `perNamespace` and `cluster`)
//   alertmanager.templates files beside alertmanager.yml: none, the message stands in each receiver
//   alertmanager.warnings  sentences about routes that were left out, and why
//   alertmanager.chart     what the Helm chart makes the same AlertmanagerConfig objects of; in its texts the
//                          placeholders @RUNBOOKS@ @GRAFANA@ @LOGS@ @ALERTMANAGER@
//
// A list with mistakes is refused with all of them, a line each. Without `secret.name` nothing is made.
//
// All outputs are made of one form (tree.libsonnet), so that an alert goes the same way in each:
//
//   { receivers: [{ name, slack: null | { channel, mentions, secret, sendResolved } }],
//     route: { receiver, matchers, groupBy, groupWait, groupInterval, repeatInterval, routes: [{ receiver, matchers }] } }
//
// with matchers as { name, matchType, value }, in this order; the first child that matches takes the alert:
//
//   the whole         alertname =~ "Kubevigil.+"                     receiver kubevigil-null
//   ignored           namespace =~, then container =~, then alertname =~ (of reasons)         kubevigil-null
//   owner's channel   slack_channel != "", severity =~ SEVERITIES    kubevigil-owner          if ownerRouting
//   routes[i]         namespace, severity =~, then its own matchers  kubevigil-route-NAME
//   the rest          severity =~ SEVERITIES                         kubevigil                not in a team's object
//
// A matcher of several values is `=~ "a|b"`, in the order of the list; of one literal value `= "a"`. In globs `*` becomes
// `.*`, `?` becomes `.`, and `.` is escaped (globs.libsonnet); Alertmanager anchors regular expressions at both ends.
//
// Mode `perNamespace`: an object in each namespace that a route with a Secret of its own names exactly (no glob), and
// one in the release namespace with the default Secret. In a namespace N the tree has the ignored ones, the owner's
// channel (with the Secret of N's first route), the routes that name N, and, in the release namespace, the rest. The
// routes keep their matchers; the operator adds `namespace="N"` by itself (matcher strategy OnNamespace).
// Mode `cluster`: one object, in `alertmanagerNamespace` or else the release namespace, with the whole tree; refused
// where the matcher strategy would hide alerts of other namespaces (strategy.libsonnet).
//
// The cases in tests/rules/routes_cases/ hold the jsonnet and the chart to the same objects. They leave out what is the
// same in all: of slackConfigs the fields of alertmanager.chart.slackConfig, inhibitRules, and of metadata all but the
// namespace.
local yml = import 'alertmanager_yml.libsonnet';
local crd = import 'alertmanagerconfig.libsonnet';
local checked = import 'checked.libsonnet';
local inhibitions = import 'inhibitions.libsonnet';
local message = import 'message.libsonnet';
local reasons = import 'reasons.libsonnet';

{
  _config+:: { slack+: import 'defaults.libsonnet' },

  alertmanager+:: {
    local config = checked.config($._config),
    local on = config.slack.secret.name != '',

    config: yml.standalone(config),
    values: if on then yml.stackValues(config) else {},
    configs: if on then crd.objects(config) else [],
    templates: {},
    warnings: checked.warnings(config),
    chart: {
      slackConfig: crd.slackMessage(message.placeholders),
      // The titleLink where there is no Grafana.
      alertsLink: message.alertsLink(message.placeholders),
      inhibitRules: crd.inhibitRules(inhibitions.ours),
      alertsOfReasons: reasons(config),
    },
  },
}
