// The monitoring mixin: what a jsonnet user imports, with the hidden fields that all mixins have:
// _config, prometheusRules, prometheusAlerts, grafanaDashboards; and alertmanager for the routes, kibana for boards of
// crash logs.
//
//   local kubevigil = (import 'mixin.libsonnet') + { _config+:: { source: 'both' } };
//   { 'rules.json': { groups: kubevigil.prometheusRules.groups + kubevigil.prometheusAlerts.groups } }
(import 'rules/config.libsonnet') +
(import 'rules/normalised.libsonnet') +
(import 'rules/recorded.libsonnet') +
(import 'rules/alerts/containers.libsonnet') +
(import 'rules/alerts/workloads.libsonnet') +
(import 'rules/alerts/healthchecks.libsonnet') +
(import 'rules/alerts/delivery.libsonnet') +
(import 'rules/alerts/exporter.libsonnet') +
(import 'rules/alertmanager/routes.libsonnet') +
(import 'dashboards/config.libsonnet') +
(import 'dashboards/dashboards.libsonnet') +
(import 'dashboards/kibana/kibana.libsonnet')
