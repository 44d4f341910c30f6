// `_config.slack`: who is told in Slack, and how. Every key with its default.
{
  // values: a fragment for kube-prometheus-stack's values; perNamespace: an AlertmanagerConfig in each team's
  // namespace; cluster: one AlertmanagerConfig for all.
  mode: 'values',
  // The Secret with the webhook's URL or the bot's token. '' = no Slack at all. `urlKey` is needed for a bot in
  // AlertmanagerConfig objects only: they take the API's address from a Secret too, the same one.
  secret: { name: '', key: 'url', urlKey: 'api-url' },
  // webhook: an incoming webhook, which posts to the one channel it was made for; bot: a token with chat:write.
  tokenType: 'webhook',
  // Where a bot posts to.
  apiUrl: 'https://slack.com/api/chat.postMessage',
  // One message an incident that is edited, instead of new ones. Bots only; Alertmanager 0.32, operator 0.93 or newer.
  updateMessage: false,
  // The channel of all that no route takes. A bot must be told; a webhook knows its own.
  channel: '',
  severities: ['critical', 'warning'],
  // Who is called when something begins to fire: '@here', '@channel', '@everyone', a group's id S..., a user's id U...
  mentions: [],
  // Whether the end of an incident is told, too.
  sendResolved: true,
  // Who gets what: [{ name, namespaces, matchers, channel, severities, mentions, secret, sendResolved }]. The first that
  // matches takes the alert. Only `name` is needed: what is not given is as above, but for mentions (nobody), and for the
  // channel of a webhook of the route's own, which knows it.
  routes: [],
  // Whether a pod's annotation kubevigil.io/slack-channel decides, before any route. Bots only.
  ownerRouting: false,
  // Never told, whatever the routes say. Globs (* and ?) of namespaces and containers; reasons as Kubernetes names
  // them: OOMKilled, CrashLoopBackOff, ImagePullBackOff, ...
  ignore: { namespaces: [], containers: [], reasons: [] },
  // How long the first message waits for more of the same incident, how long a change waits, and when it is said again.
  groupWait: '30s',
  groupInterval: '5m',
  repeatInterval: '12h',
  // Alertmanager's address for people, in links. '' = what Alertmanager itself was told (--web.external-url).
  externalUrl: '',
  // For mode cluster: the spec.alertmanagerConfigMatcherStrategy.type of the Alertmanager object, and its namespace.
  matcherStrategy: '',
  alertmanagerNamespace: '',
}
