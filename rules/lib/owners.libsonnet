// From a pod to its workload by kube-state-metrics, as the exporter names it. function(of, unwell) PromQL with
// namespace, pod, workload_kind, workload.
//
//   of: function(family, matchers) a selector
//   unwell: PromQL; the pods (namespace, pod) to tell of
function(of, unwell)
  local put(label, text, source, pattern, expression) =
    'label_replace(%s, "%s", "%s", "%s", "%s")' % [expression, label, text, source, pattern];
  local workload(kind, name, source, pattern, expression) =
    put('workload_kind', kind, source, pattern, put('workload', name, source, pattern, expression));

  // Pods by what owns them.
  local owned(matchers) = of('kube_pod_owner', 'owner_is_controller="true",%s,' % matchers);
  local asOwned(matchers) =
    put('workload_kind', '$1', 'owner_kind', '(.+)', put('workload', '$1', 'owner_name', '(.+)', owned(matchers)));

  // Pods of a ReplicaSet or Job (middle), by what owns that; itself where nobody does.
  local through(middle, family, label) =
    local named = put(
      'workload_kind',
      '$1',
      'owner_kind',
      '(.+)',
      put('workload', '$1', 'owner_name', '(.+)', of(family, 'owner_kind!~"|<none>",'))
    );
    local alone = workload(middle, '$1', label, '(.+)', of(family, 'owner_kind=~"|<none>",'));
    |||
      %(pods)s
      * on (namespace, %(label)s) group_left (workload_kind, workload)
      topk by (namespace, %(label)s) (1,
        group by (namespace, %(label)s, workload_kind, workload) (%(named)s or %(alone)s)
      )
    ||| % {
      pods: put(label, '$1', 'owner_name', '(.+)', owned('owner_kind="%s"' % middle)),
      label: label,
      named: named,
      alone: alone,
    };

  // Where the owner's owner is not told: by the name that its controller gave the ReplicaSet or Job. The alphabet is
  // that of Kubernetes' safe encoding of hashes; the digits are the minutes since 1970 for which a Job was scheduled.
  local byName =
    [
      workload('Deployment', '$1', 'owner_name', '(.+)-[bcdfghjklmnpqrstvwxz2456789]{1,10}', asOwned('owner_kind="ReplicaSet"')),
      workload('CronJob', '$1', 'owner_name', '(.+)-[0-9]{8,10}', asOwned('owner_kind="Job"')),
    ];

  local cases = [
    through('ReplicaSet', 'kube_replicaset_owner', 'replicaset'),
    through('Job', 'kube_job_owner', 'job_name'),
  ] + byName + [
    asOwned('owner_kind!~"ReplicaSet|Job"'),
    workload('Pod', '$1', 'pod', '(.+)', '(\n%s\n)' % unwell),
  ];

  '(\n%s\n)\nand on (namespace, pod) (\n%s\n)\n' % [
    std.join('\nor on (namespace, pod)\n', ['max by (namespace, pod, workload_kind, workload) (%s)' % c for c in cases]),
    unwell,
  ]
