// What of the dashboards can be set: beside it they use source, exporterSelector, kubeStateMetricsSelector, runbookUrl,
// logsUrl and alerts of rules/config.libsonnet.
{
  _config+:: {
    dashboards+: {
      // Label matchers of the kubelet's series of containers, and of its own.
      cadvisorSelector: 'job="kubelet",metrics_path="/metrics/cadvisor"',
      kubeletSelector: 'job="kubelet",metrics_path="/metrics"',
      // Label matchers of node-exporter's series.
      nodeExporterSelector: 'job="node-exporter"',
      // Label matchers of the series of the log sidecar.
      sidecarSelector: 'job="kubevigil-ship"',

      // Every dashboard has these; the first is what the menu of all dashboards goes by.
      tags: ['kubevigil'],
      // What is shown at first, and how often it is asked again.
      from: 'now-6h',
      refresh: '1m',
      // 'browser', 'utc', or a name such as 'Europe/Berlin'.
      timezone: 'browser',

      // The path behind logsUrl, with @NAMESPACE_SHOWN@ and @POD_SHOWN@ where Grafana puts what was clicked at: Kibana's
      // Discover, in the documents of crashes.
      logsPath: "/app/discover#/?_g=(time:(from:'${__from:date:iso}',to:'${__to:date:iso}'))" +
                "&_a=(index:'kubevigil-crash-documents',query:(language:kuery,query:'" +
                'kubernetes.namespace:%22@NAMESPACE_SHOWN@%22%20and%20kubernetes.pod.name:%22@POD_SHOWN@%22' +
                "'))",
    },
  },
}
