// Everything that can be set. Override with { _config+:: { alerts+: { KubevigilCrashLooping+: { crashes: 4 } } } }.
{
  _config+:: {
    // Where containers and pods are read from: 'exporter', 'kube-state-metrics', or 'both': then kube-state-metrics
    // tells of the pods that the exporter does not watch.
    source: 'exporter',

    // Label matchers of the exporter's own series; the chart's ServiceMonitor sets this job.
    exporterSelector: 'job="kubevigil"',
    // Label matchers of kube-state-metrics' series.
    kubeStateMetricsSelector: 'job="kube-state-metrics"',

    // The namespace that alerts about the exporter itself carry: where it is installed.
    namespace: 'kubevigil',

    // Bases of links, without a trailing slash. '' leaves the annotation out.
    // <runbookUrl>/<alert>.md
    runbookUrl: '',
    // <grafanaUrl>/d/<dashboard's uid>?var-namespace=...
    grafanaUrl: '',
    // <logsUrl><logsPath>
    logsUrl: '',
    // The path behind logsUrl, with a Prometheus template's $labels: Kibana's Discover, in the documents of crashes.
    logsPath: "/app/discover#/?_g=(time:(from:now-6h,to:now))&_a=(index:'kubevigil-crash-documents',query:(language:kuery,query:'" +
              'kubernetes.namespace:%22{{ $labels.namespace }}%22' +
              "{{ if $labels.container }}%20and%20kubernetes.container.name:%22{{ $labels.container }}%22{{ end }}'))",

    // Further label matchers of the series of what delivers crash logs; '' for none.
    sinkSelector: '',

    // Windows in which the mean duration of a health check's runs is taken: the first that holds four of them. Checks
    // of which none does have no mean.
    healthCheckMinutes: [30, 6 * 60, 24 * 60],

    // How many pods an alert names before it says "and N more".
    podsNamed: 5,
    // For how long a state that was seen holds, in minutes: bridges a restart of the exporter, and states that take turns.
    stateMinutes: 5,

    // Of each alert its severity (critical, warning or none) and its thresholds. 'for' and keepFiringFor are
    // Prometheus durations; minutes are whole numbers. An alert that is null here is left out.
    alerts: {
      // A container restarted: at the first restart; over once windowMinutes went by without another.
      KubevigilContainerRestarted: { severity: 'warning', 'for': '0m', keepFiringFor: '0m', windowMinutes: 10 },

      // A container of one pod restarted this often within windowMinutes, and no crash loop told of it in that time.
      KubevigilContainerRestartsHigh: {
        severity: 'warning',
        'for': '0m',
        keepFiringFor: '5m',
        restarts: 5,
        windowMinutes: 240,
      },

      // A container of one pod crashed this often within six times quietMinutes, and goes on. It is over when it has
      // been quiet for quietMinutes; a slow loop, of at most one crash in quietMinutes, for twice that.
      KubevigilCrashLooping: { severity: 'warning', 'for': '0m', keepFiringFor: '2m', crashes: 3, quietMinutes: 12 },

      // The image cannot be pulled. 'for' is longer than stateMinutes, so that being seen once is not enough.
      KubevigilImagePullFailing: {
        severity: 'warning',
        'for': '6m',
        keepFiringFor: '0m',
        reasons: [
          'ErrImagePull',
          'ImagePullBackOff',
          'InvalidImageName',
          'ErrImageNeverPull',
          'ImageInspectError',
          'RegistryUnavailable',
          'SignatureValidationFailed',
        ],
      },

      // The container cannot be created. One that was created and could not be started is a crash, see CrashLooping.
      KubevigilContainerConfigError: {
        severity: 'warning',
        'for': '6m',
        keepFiringFor: '0m',
        reasons: ['CreateContainerConfigError', 'CreateContainerError', 'PreCreateHookError', 'PreStartHookError'],
      },

      // A container was killed for lack of memory: at the first time; over once windowMinutes went by without another.
      KubevigilContainerOOMKilled: { severity: 'warning', 'for': '0m', keepFiringFor: '0m', windowMinutes: 10 },

      // As KubevigilCrashLooping, for init containers: the pod cannot begin.
      KubevigilInitContainerFailing: {
        severity: 'warning',
        'for': '0m',
        keepFiringFor: '2m',
        crashes: 3,
        quietMinutes: 12,
      },

      // Never told to anybody: mutes the stock alert KubePodCrashLooping for the pods of which ours fires.
      KubevigilStockAlertInhibitor: { severity: 'none', 'for': '0m', keepFiringFor: '5m' },

      // Containers of this many pods of one workload restarted, together this often, within windowMinutes. Pods in a
      // crash loop restart every six minutes in the end, so three of them reach six in each quarter of an hour.
      KubevigilWorkloadRestartStorm: {
        severity: 'critical',
        'for': '0m',
        keepFiringFor: '5m',
        restarts: 6,
        pods: 3,
        windowMinutes: 15,
      },

      // A health check failed in its latest run, and had no success for this many of its own intervals.
      KubevigilHealthCheckFailing: { severity: 'warning', 'for': '2m', intervals: 3 },

      // The next run of a health check is overdue by this many of its intervals, and by so many minutes at least.
      KubevigilHealthCheckStale: { severity: 'warning', 'for': '5m', intervals: 3, minimumMinutes: 10 },

      // Runs of a health check take this many times as long as in baselineMinutes before the longest of
      // healthCheckMinutes, and longer than so many seconds.
      KubevigilHealthCheckSlow: {
        severity: 'warning',
        'for': '10m',
        factor: 2,
        seconds: 10,
        baselineMinutes: 6 * 24 * 60,
      },

      // A health check fails, and its remedy is not run again: its limit is reached, or the last one failed.
      KubevigilHealthCheckRemedyExhausted: { severity: 'critical', 'for': '0m' },

      // Runs of a health check told metrics of their own that were refused within windowMinutes.
      KubevigilHealthCheckMetricsRefused: { severity: 'warning', 'for': '0m', windowMinutes: 60 },

      // The share of time in which a health check is to be well, and pairs of windows in which it was worse than that
      // by a factor. A pair is used for checks of which the short window holds four runs.
      KubevigilHealthCheckErrorBudgetBurnFast: {
        severity: 'critical',
        'for': '2m',
        objective: 0.99,
        pairs: [
          { longMinutes: 60, shortMinutes: 5, factor: 14.4 },
          { longMinutes: 6 * 60, shortMinutes: 30, factor: 6 },
        ],
      },
      KubevigilHealthCheckErrorBudgetBurnSlow: {
        severity: 'warning',
        'for': '15m',
        objective: 0.99,
        pairs: [
          { longMinutes: 24 * 60, shortMinutes: 2 * 60, factor: 3 },
          { longMinutes: 3 * 24 * 60, shortMinutes: 6 * 60, factor: 1 },
        ],
      },

      // Logs of so many crashes within windowMinutes could not be read: for want of a right, or for other reasons.
      KubevigilCrashLogCaptureFailing: {
        severity: 'warning',
        'for': '0m',
        forbidden: 1,
        failures: 3,
        windowMinutes: 30,
      },

      // Records wait to be delivered for all of windowMinutes, and none was taken.
      KubevigilCrashLogDeliveryFailing: { severity: 'warning', 'for': '5m', windowMinutes: 10 },

      // Records were refused for good within windowMinutes.
      KubevigilCrashLogDeadLetters: { severity: 'warning', 'for': '0m', windowMinutes: 60 },

      // Records went with what the store's limits took within windowMinutes, before they were delivered.
      KubevigilCrashLogsDropped: { severity: 'warning', 'for': '0m', windowMinutes: 60 },

      // The oldest record that waits to be delivered is older than this.
      KubevigilOutboxBacklog: { severity: 'warning', 'for': '5m', oldestMinutes: 15 },

      // No exporter answers Prometheus.
      KubevigilExporterAbsent: { severity: 'critical', 'for': '5m' },

      // The exporter could not list all that it is to watch, for stateMinutes and this long.
      KubevigilNotSynced: { severity: 'critical', 'for': '5m' },

      // The exporter's watch has brought nothing for this long. A bookmark comes about once a minute.
      KubevigilWatchStale: { severity: 'critical', 'for': '2m', silentMinutes: 5 },

      // The exporter's store failed this often within windowMinutes.
      KubevigilStoreErrors: { severity: 'warning', 'for': '0m', errors: 3, windowMinutes: 15 },

      // A scrape of the exporter brings more samples than this.
      KubevigilSeriesCardinality: { severity: 'warning', 'for': '15m', samples: 50000 },
    },
  },
}
