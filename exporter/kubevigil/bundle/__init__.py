"""Rules, alerts, Slack routes and dashboards: renders the jsonnet mixin for those who do not build with jsonnet."""
