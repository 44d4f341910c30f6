// What the reader of a dashboard chooses.
local query(name, label, expr, more) = {
  name: name,
  label: label,
  type: 'query',
  datasource: { type: 'prometheus', uid: '${datasource}' },
  query: expr,
  definition: expr,
  regex: '',
  refresh: 2,  // with the time shown
  sort: 1,
  hide: 0,
  skipUrlSync: false,
  multi: false,
  includeAll: false,
  current: {},
  options: [],
} + more;

{
  datasource: {
    name: 'datasource',
    label: 'Data source',
    type: 'datasource',
    query: 'prometheus',
    regex: '',
    refresh: 1,
    hide: 0,
    skipUrlSync: false,
    multi: false,
    includeAll: false,
    current: {},
    options: [],
  },

  // The values of a label: one of them.
  one(name, label, selector, of=name):: query(name, label, 'label_values(%s, %s)' % [selector, of], {}),

  // Any of them, at first all. 'All' matches series without the label too.
  any(name, label, selector, of=name)::
    query(
      name,
      label,
      'label_values(%s, %s)' % [selector, of],
      { multi: true, includeAll: true, allValue: '.*', current: { selected: true, text: ['All'], value: ['$__all'] } }
    ),

  // One of these; the first at first.
  choice(name, label, values):: {
    name: name,
    label: label,
    type: 'custom',
    query: std.join(',', values),
    hide: 0,
    skipUrlSync: false,
    multi: false,
    includeAll: false,
    current: { selected: true, text: values[0], value: values[0] },
    options: [{ selected: value == values[0], text: value, value: value } for value in values],
  },

  // Namespaces and pods, by the exporter or by kube-state-metrics, whichever is there.
  local pods = '__name__=~"kubevigil_container_restarts_total|kube_pod_info"',
  namespaces: self.any('namespace', 'Namespace', '{%s}' % pods),
  namespace: self.one('namespace', 'Namespace', '{%s}' % pods),
  pod: self.one('pod', 'Pod', '{%s,namespace="$namespace"}' % pods),
}
