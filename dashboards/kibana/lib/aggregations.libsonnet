// Aggregations of a visualization. Its metrics come first; the first of them has the id '1', by which buckets are ordered.
local agg(type, schema, params) = { enabled: true, type: type, schema: schema, params: params };

{
  // The aggregations of one visualization, with their ids.
  numbered(aggs):: [aggs[index] { id: '%d' % (index + 1) } for index in std.range(0, std.length(aggs) - 1)],

  count(label):: agg('count', 'metric', { customLabel: label }),
  // How many different values.
  different(field, label):: agg('cardinality', 'metric', { field: field, customLabel: label }),
  latest(field, label):: agg('max', 'metric', { field: field, customLabel: label }),

  // schema: what the chart calls this way of splitting, see charts.libsonnet.
  // missing: the label of the documents without that field; null leaves them out (numbers have no other choice).
  // other: whether the values beyond `size` are shown together.
  terms(schema, field, label, size, missing=null, other=false):: agg('terms', schema, {
    field: field,
    customLabel: label,
    size: size,
    order: 'desc',
    orderBy: '1',
    otherBucket: other,
    otherBucketLabel: 'other',
    missingBucket: missing != null,
    missingBucketLabel: if missing == null then 'none' else missing,
  }),

  // queries: [[label, KQL]]
  filters(schema, queries):: agg('filters', schema, {
    filters: [{ label: query[0], input: { language: 'kuery', query: query[1] } } for query in queries],
  }),

  // By the interval that suits the time shown, with the intervals in which nothing happened.
  overTime(field, label):: agg('date_histogram', 'segment', {
    field: field,
    customLabel: label,
    interval: 'auto',
    drop_partials: false,
    min_doc_count: 0,
    extended_bounds: {},
  }),
}
