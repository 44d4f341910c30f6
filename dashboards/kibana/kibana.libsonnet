// Boards for Kibana and OpenSearch Dashboards, from `_config.kibana`: { 'file.ndjson': [saved objects] }, for each of the
// formats that documents can have. A file has an object on each line, and is imported as it is.
{
  _config+:: {
    kibana+: {
      // The indices of crashes: what `elasticsearch.index` says, and an asterisk.
      indexPattern: 'k8s-crash-monitor-*',
    },
  },

  kibana+:: {
    local indexPattern = $._config.kibana.indexPattern,
    assert indexPattern != '' : 'kibana.indexPattern is empty: name the indices of crashes, such as k8s-crash-monitor-*',

    'kibana-ecs.ndjson': (import 'ecs.libsonnet')(indexPattern),
    'kibana-legacy.ndjson': (import 'legacy.libsonnet')(indexPattern),
  },
}
