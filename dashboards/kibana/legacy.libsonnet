// The board for documents with the eight fields of kubernetes-pod-monitor (`document.format` legacy). They have no
// workload, and reason and exit code in a text only, so these are counted by what is searched for in it.
local aggs = import 'lib/aggregations.libsonnet';
local charts = import 'lib/charts.libsonnet';
local rows = import 'lib/rows.libsonnet';
local saved = import 'lib/saved_objects.libsonnet';

local words = |||
  A document is one crash of a container, with the fields of kubernetes-pod-monitor. `created_at` is when it ended.

  Click on a bar, a slice or a row to see only these. Reasons and exit codes are searched for in the text
  `termination_state`: of others than those listed there is no row.
|||;

// Searches for parts of it, such as Reason:OOMKilled.
local searches(name, values) = [['%s' % value, 'termination_state:"%s:%s"' % [name, value]] for value in values];

local reasons = searches('Reason', ['Error', 'OOMKilled', 'Completed', 'StartError', 'ContainerCannotRun']);
local exitCodes = searches('ExitCode', [0, 1, 2, 126, 127, 128, 132, 134, 135, 136, 137, 139, 143, 255]);

function(indexPattern)
  local index = saved.indexPattern('kubevigil-crash-legacy-documents', indexPattern, 'created_at');
  local chart(id, title, description, chart, parts) =
    saved.visualization(id, title, description, chart, index, aggs.numbered(parts));

  local about = saved.visualization(
    'kubevigil-crash-legacy-about',
    'Crashes: what is shown (legacy fields)',
    'What a crash is, and how to narrow it down.',
    charts.markdown(words),
  );
  local total = chart(
    'kubevigil-crash-legacy-total',
    'Crashes: total (legacy fields)',
    'Crashes, the pods they were in, and the namespaces.',
    charts.metric,
    [
      aggs.count('Crashes'),
      aggs.different('pod_name', 'Pods'),
      aggs.different('namespace', 'Namespaces'),
    ],
  );
  local overTime = chart(
    'kubevigil-crash-legacy-over-time',
    'Crashes over time (legacy fields)',
    'All crashes.',
    charts.bars,
    [aggs.count('Crashes'), aggs.overTime('created_at', 'Ended')],
  );
  local byNamespace = chart(
    'kubevigil-crash-legacy-by-namespace',
    'Crashes by namespace (legacy fields)',
    'The namespaces with the most crashes, and the others together.',
    charts.pie,
    [aggs.count('Crashes'), aggs.terms('segment', 'namespace', 'Namespace', 10, other=true)],
  );
  local namespacesOverTime = chart(
    'kubevigil-crash-legacy-namespaces-over-time',
    'Crashes by namespace over time (legacy fields)',
    'The namespaces with the most crashes.',
    charts.lines,
    [
      aggs.count('Crashes'),
      aggs.terms('group', 'namespace', 'Namespace', 10),
      aggs.overTime('created_at', 'Ended'),
    ],
  );
  local byReason = chart(
    'kubevigil-crash-legacy-by-reason',
    'Crashes by reason (legacy fields)',
    "Kubernetes' reason.",
    charts.table,
    [aggs.count('Crashes'), aggs.filters('bucket', reasons)],
  );
  local byExitCode = chart(
    'kubevigil-crash-legacy-by-exit-code',
    'Crashes by exit code (legacy fields)',
    'Common exit codes.',
    charts.table,
    [aggs.count('Crashes'), aggs.filters('bucket', exitCodes)],
  );
  local byContainer = chart(
    'kubevigil-crash-legacy-by-container',
    'Crashes by container (legacy fields)',
    'The containers with the most crashes, and when the latest was.',
    charts.table,
    [
      aggs.count('Crashes'),
      aggs.different('pod_name', 'Pods'),
      aggs.latest('created_at', 'Latest'),
      aggs.terms('bucket', 'container_name', 'Container', 20),
      aggs.terms('bucket', 'namespace', 'Namespace', 10),
    ],
  );
  local logs = saved.search(
    'kubevigil-crash-legacy-logs',
    'Crash logs (legacy fields)',
    'Each crash with the last words of its log, the latest first.',
    index,
    ['namespace', 'container_name', 'pod_name', 'restart_count', 'logs', 'termination_state', 'cluster_name'],
    [['created_at', 'desc']],
  );
  local board = saved.dashboard(
    'kubevigil-crash-legacy-board',
    'Kubevigil: crashes (legacy fields)',
    'What crashed, when, why, and its last words.',
    rows([
      { h: 8, panels: [{ object: total, w: 24 }, { object: about, w: 24 }] },
      { h: 14, panels: [{ object: overTime, w: 30 }, { object: byNamespace, w: 18 }] },
      { h: 14, panels: [{ object: namespacesOverTime, w: 48 }] },
      { h: 16, panels: [{ object: byContainer, w: 24 }, { object: byReason, w: 12 }, { object: byExitCode, w: 12 }] },
      { h: 28, panels: [{ object: logs, w: 48 }] },
    ]),
    'now-24h',
  );
  [index, about, total, overTime, byNamespace, namespacesOverTime, byReason, byExitCode, byContainer, logs, board]
