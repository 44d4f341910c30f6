// Alerts about containers, one for all pods of a workload: pods come and go, and are named in an annotation.
local series = import '../lib/series.libsonnet';

{
  prometheusAlerts+:: {
    local config = $._config,
    local alert = (import '../lib/alert.libsonnet')(config),
    local about = (import '../lib/container_alert.libsonnet')(config),
    local pods = (import '../lib/pods.libsonnet')(config),

    local restarts(aggregation, own) = '%s by (%s) (%s)' % [
      aggregation,
      series.workloadContainer,
      series.restarts(own.windowMinutes),
    ],

    // Containers in one of these states, by no reason: they take turns (ErrImagePull, ImagePullBackOff).
    local heldBy(own) = {
      local matcher = 'reason=~"%s"' % std.join('|', own.reasons),
      local range = '[%dm]' % config.stateMinutes,
      expr: about.owned(
        'max by (%s) (max_over_time(%s{%s}%s))\n' % [series.workloadContainer, series.crashState, matcher, range]
      ),
      annotations: {
        pods: pods.named(series.crashState, ',' + matcher, range),
        reasons: pods.reasons(',' + matcher, range),
      },
    },

    local looping(own, types) = {
      expr: about.owned('max by (%s) (%s{%s})\n' % [series.workloadContainer, series.crashLoop, types]),
      annotations: about.ended(series.crashLoop),
      dashboard: about.dashboard,
      logs: true,
      minutes:: 6 * own.quietMinutes,
    },

    groups+: [
      {
        name: 'kubevigil-containers',
        rules:
          alert('KubevigilContainerRestarted', function(own) {
            expr: about.owned(restarts('sum', own) + ' >= 1\n'),
            summary: 'A container restarted.',
            description: about.container + ' restarted; times within %d minutes: {{ $value }}. ' % own.windowMinutes +
                         about.lastWords(),
            annotations: about.ended(series.restarts(own.windowMinutes)),
            dashboard: about.dashboard,
            logs: true,
          })
          + alert('KubevigilContainerRestartsHigh', function(own) {
            // What a crash loop told is not told again when the loop is over.
            expr: about.owned(
              restarts('max', own) + ' >= %d\nunless on (%s) max_over_time(%s[%dm])\n'
                                     % [own.restarts, series.workloadContainer, series.crashLoop, own.windowMinutes]
            ),
            summary: 'A container restarts often.',
            description: about.container + ' restarted {{ $value }} times within %d minutes in one pod. ' % own.windowMinutes +
                         about.lastWords(),
            annotations: about.ended(series.restarts(own.windowMinutes)),
            dashboard: about.dashboard,
            logs: true,
          })
          + alert('KubevigilCrashLooping', function(own) looping(own, 'container_type!="init"') + {
            summary: 'A container crashes again and again.',
            description: about.container + ' crashed {{ $value }} times within %d minutes in one pod, and goes on. ' % self.minutes +
                         about.lastWords(),
          })
          + alert('KubevigilInitContainerFailing', function(own) looping(own, 'container_type="init"') + {
            summary: 'An init container fails again and again, so its pod cannot begin.',
            description: 'Init container' + std.substr(about.container, 9, 1000) +
                         ' failed {{ $value }} times within %d minutes in one pod, which waits for it. ' % self.minutes +
                         about.lastWords(),
          })
          + alert('KubevigilContainerOOMKilled', function(own) {
            expr: about.owned('sum by (%s) (%s)\n' % [series.workloadContainer, series.oomKills(own.windowMinutes)]),
            summary: 'A container was killed because it was out of memory.',
            description: about.container + ' was killed for lack of memory; times within %d minutes: {{ $value }}. ' % own.windowMinutes +
                         'Compare its memory limit with what it uses. ' + about.lastWords(),
            annotations: { pods: pods.named(series.lastTermination, ',class="oom"') },
            dashboard: about.dashboard,
            logs: true,
          })
          + alert('KubevigilImagePullFailing', function(own) {
            local held = heldBy(own),
            expr: held.expr,
            summary: 'An image cannot be pulled, so a container cannot start.',
            description: about.container + ' waits for its image: a name or tag that is not there, a registry that ' +
                         'cannot be reached, or credentials that are missing. ' + about.events,
            annotations: held.annotations,
            dashboard: about.dashboard,
          })
          + alert('KubevigilContainerConfigError', function(own) {
            local held = heldBy(own),
            expr: held.expr,
            summary: 'A container cannot be created.',
            description: about.container + ' cannot be created: most often a ConfigMap, a Secret or a key of one is missing. ' +
                         about.events,
            annotations: held.annotations,
            dashboard: about.dashboard,
          }),
      },
      {
        name: 'kubevigil-inhibitors',
        rules: alert('KubevigilStockAlertInhibitor', function(own) {
          // Of alerts that fire, not of crash loops: whoever switched ours off keeps the stock one.
          expr: |||
            group by (namespace, pod) (
              %(loop)s
              and on (%(by)s)
              ALERTS{alertname=~"KubevigilCrashLooping|KubevigilInitContainerFailing",alertstate="firing"}
            )
          ||| % { loop: series.crashLoop, by: series.workloadContainer },
          summary: 'An alert of Kubevigil covers the crash loop of a pod.',
          description: 'Mutes KubePodCrashLooping for pod {{ $labels.namespace }}/{{ $labels.pod }}; told to nobody.',
        }),
      },
    ],
  },
}
