// What follows from the normalised series, whatever their source.
//
// A crash loop: a container of one pod crashed so often within six times quietMinutes, and it goes on. Crashes are the
// restarts, and one more while it waits in CrashLoopBackOff: restartCount rises when that wait is over. It goes on if it
// waits so, or restarted within quietMinutes; a slow loop, of at most one restart in quietMinutes, gets twice the time. A
// loop that is slow and was not quiet for that long began more than three times quietMinutes ago; a burst did not.
local series = import 'lib/series.libsonnet';
local windows = import 'lib/windows.libsonnet';

{
  prometheusRules+:: {
    local config = $._config,

    local loop(own, types) =
      local window = windows.loop(own);
      local restarts(minutes) = '%s{%s}' % [series.restarts(minutes), types];
      |||
        (
          sum by (%(by)s) (
            %(whole)s or %(waits)s
          ) >= %(crashes)d
          and on (%(by)s) (
            %(waits)s
            or
            %(quiet)s
            or
            %(slow)s and %(whole)s <= %(slowAtMost)d > %(recent)s
          )
        )
      ||| % {
        by: series.podContainer,
        waits: '%s{reason="CrashLoopBackOff",%s}' % [series.crashState, types],
        quiet: restarts(window.quiet),
        slow: restarts(window.slow),
        recent: restarts(window.recent),
        whole: restarts(window.whole),
        slowAtMost: window.whole / window.quiet,
        crashes: own.crashes,
      },

    local loops = [
      loop(config.alerts[kind.alert], kind.types)
      for kind in [
        { alert: 'KubevigilCrashLooping', types: 'container_type!="init"' },
        { alert: 'KubevigilInitContainerFailing', types: 'container_type="init"' },
      ]
      if config.alerts[kind.alert] != null
    ],

    groups+: [
      {
        name: 'kubevigil-recorded.rules',
        rules: [{ record: series.crashLoop, expr: std.join('or\n', loops) }],
      }
      for _ in [true]
      if loops != []
    ],
  },
}
