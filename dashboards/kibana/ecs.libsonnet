// The board for documents with the names of the Elastic Common Schema (`document.format` ecs).
local aggs = import 'lib/aggregations.libsonnet';
local charts = import 'lib/charts.libsonnet';
local rows = import 'lib/rows.libsonnet';
local saved = import 'lib/saved_objects.libsonnet';

local words = |||
  A document is one crash of a container: it ended with an error, for lack of memory, could not be started, or exited
  although it was to run on. Its time is when it ended.

  Click on a bar, a slice or a row to see only these. The logs below are the last words of the container that died;
  `error.message` is the last line of them, or what it left as its termination message.
|||;

function(indexPattern)
  local index = saved.indexPattern('kubevigil-crash-documents', indexPattern, '@timestamp');
  local chart(id, title, description, chart, parts) =
    saved.visualization(id, title, description, chart, index, aggs.numbered(parts));

  local about = saved.visualization(
    'kubevigil-crash-about', 'Crashes: what is shown', 'What a crash is, and how to narrow it down.', charts.markdown(words)
  );
  local total = chart(
    'kubevigil-crash-total',
    'Crashes: total',
    'Crashes, the pods they were in, and the namespaces.',
    charts.metric,
    [
      aggs.count('Crashes'),
      aggs.different('kubernetes.pod.uid', 'Pods'),
      aggs.different('kubernetes.namespace', 'Namespaces'),
    ],
  );
  local overTime = chart(
    'kubevigil-crash-over-time',
    'Crashes over time',
    'By class: error, oom, start_error, exited.',
    charts.bars,
    [
      aggs.count('Crashes'),
      aggs.terms('group', 'kubevigil.class', 'Class', 5),
      aggs.overTime('@timestamp', 'Ended'),
    ],
  );
  local byNamespace = chart(
    'kubevigil-crash-by-namespace',
    'Crashes by namespace',
    'The namespaces with the most crashes, and the others together.',
    charts.pie,
    [aggs.count('Crashes'), aggs.terms('segment', 'kubernetes.namespace', 'Namespace', 10, other=true)],
  );
  local namespacesOverTime = chart(
    'kubevigil-crash-namespaces-over-time',
    'Crashes by namespace over time',
    'The namespaces with the most crashes.',
    charts.lines,
    [
      aggs.count('Crashes'),
      aggs.terms('group', 'kubernetes.namespace', 'Namespace', 10),
      aggs.overTime('@timestamp', 'Ended'),
    ],
  );
  local byReason = chart(
    'kubevigil-crash-by-reason',
    'Crashes by reason and exit code',
    "Kubernetes' reason and the exit code.",
    charts.table,
    [
      aggs.count('Crashes'),
      aggs.different('kubernetes.pod.uid', 'Pods'),
      aggs.terms('bucket', 'event.reason', 'Reason', 20, missing='none given'),
      aggs.terms('bucket', 'process.exit_code', 'Exit code', 20),
    ],
  );
  local byWorkload = chart(
    'kubevigil-crash-by-workload',
    'Crashes by workload',
    'The workloads with the most crashes, and when the latest was.',
    charts.table,
    [
      aggs.count('Crashes'),
      aggs.different('kubernetes.pod.uid', 'Pods'),
      aggs.latest('@timestamp', 'Latest'),
      aggs.terms('bucket', 'kubevigil.workload.name', 'Workload', 20, missing='without a name'),
      aggs.terms('bucket', 'kubevigil.workload.kind', 'Kind', 10, missing='not known'),
      aggs.terms('bucket', 'kubernetes.namespace', 'Namespace', 10),
    ],
  );
  local logs = saved.search(
    'kubevigil-crash-logs',
    'Crash logs',
    'Each crash with the last words of its log, the latest first.',
    index,
    [
      'kubernetes.namespace',
      'kubevigil.workload.name',
      'kubernetes.pod.name',
      'kubernetes.container.name',
      'event.reason',
      'process.exit_code',
      'kubevigil.container.restart_count',
      'error.message',
      'message',
    ],
    [['@timestamp', 'desc']],
  );
  local board = saved.dashboard(
    'kubevigil-crash-board',
    'Kubevigil: crashes',
    'What crashed, when, why, and its last words.',
    rows([
      { h: 8, panels: [{ object: total, w: 24 }, { object: about, w: 24 }] },
      { h: 14, panels: [{ object: overTime, w: 30 }, { object: byNamespace, w: 18 }] },
      { h: 14, panels: [{ object: namespacesOverTime, w: 48 }] },
      { h: 16, panels: [{ object: byWorkload, w: 28 }, { object: byReason, w: 20 }] },
      { h: 28, panels: [{ object: logs, w: 48 }] },
    ]),
    'now-24h',
  );
  [index, about, total, overTime, byNamespace, namespacesOverTime, byReason, byWorkload, logs, board]
