// What is installed in this namespace, and is it up?
local links = import 'lib/links.libsonnet';
local panels = import 'lib/panels.libsonnet';
local sources = import 'lib/sources.libsonnet';
local targets = import 'lib/targets.libsonnet';
local variables = import 'lib/variables.libsonnet';
local containers = import 'queries/containers.libsonnet';

function(config) {
  local link = links(config),
  local selector = config.kubeStateMetricsSelector,
  local of(name, more='') = '%s{namespace="$namespace",%s%s}' % [name, more, selector],
  local count(name) = 'count(%s) or 0 * count(%s)' % [of(name), of('kube_pod_info')],

  // Kinds of workloads as one table: kind, name.
  local kinds = [
    { kind: 'Deployment', label: 'deployment', wanted: 'kube_deployment_spec_replicas', ready: 'kube_deployment_status_replicas_ready' },
    { kind: 'StatefulSet', label: 'statefulset', wanted: 'kube_statefulset_replicas', ready: 'kube_statefulset_status_replicas_ready' },
    { kind: 'DaemonSet', label: 'daemonset', wanted: 'kube_daemonset_status_desired_number_scheduled', ready: 'kube_daemonset_status_number_ready' },
  ],
  local workloads(fact) = std.join('\nor\n', [
    'label_replace(label_replace(max by (%s) (%s), "name", "$1", "%s", "(.+)"), "kind", "%s", "", "")'
    % [each.label, of(each[fact]), each.label, each.kind]
    for each in kinds
  ]),
  local named(fact) = 'max by (kind, name) (\n%s\n)' % workloads(fact),

  uid: 'kubevigil-installed',
  title: 'Installed',
  question: 'What is installed in this namespace, and is it up?',
  variables: [variables.one('namespace', 'Namespace', 'kube_pod_info')],
  rows: [
    {
      title: 'How many',
      lines: [{
        h: 4,
        panels: [
          panels.stat(each[0], each[1], 'short', [targets.instant(count(each[2]))])
          for each in [
            ['Pods', 'Those that ended too.', 'kube_pod_info'],
            ['Deployments', 'In this namespace.', 'kube_deployment_spec_replicas'],
            ['StatefulSets', 'In this namespace.', 'kube_statefulset_replicas'],
            ['DaemonSets', 'In this namespace.', 'kube_daemonset_status_desired_number_scheduled'],
            ['Services', 'In this namespace.', 'kube_service_info'],
            ['Claims', 'PersistentVolumeClaims in this namespace.', 'kube_persistentvolumeclaim_info'],
            ['ConfigMaps', 'In this namespace, with kube-root-ca.crt, which Kubernetes puts into each.', 'kube_configmap_info'],
            ['Secrets', 'In this namespace. Only their number is known here.', 'kube_secret_info'],
          ]
        ],
      }],
    },
    {
      title: 'Workloads',
      lines: [{
        h: 9,
        panels: [
          panels.table(
            'Workloads',
            'Each with the pods that it wants and those that are ready.',
            'short',
            [
              targets.table(named('wanted')),
              targets.table(named('ready')),
              targets.table('%s\n- %s' % [named('wanted'), named('ready')]),
            ],
            [['kind', 'kind'], ['name', 'name'], ['Value #A', 'wanted'], ['Value #B', 'ready'], ['Value #C', 'missing']]
          )
          + panels.column('wanted', { 'custom.width': 75 })
          + panels.column('ready', { 'custom.width': 75 })
          + panels.badColumn('missing', 80)
          + panels.sorted('missing'),
          panels.table(
            'Jobs',
            'What they did: pods that run, succeeded and failed.',
            'short',
            [
              targets.table('max by (job_name) (%s)' % of(name))
              for name in ['kube_job_status_active', 'kube_job_status_succeeded', 'kube_job_status_failed']
            ],
            [['job_name', 'job'], ['Value #A', 'running'], ['Value #B', 'succeeded'], ['Value #C', 'failed']]
          ) + panels.noRow('No Job'),
        ],
      }, {
        h: 9,
        panels: [
          panels.table(
            'Each pod',
            'Where each runs, since when, and how often its containers restarted in the time shown.',
            'none',
            [
              targets.table(
                'group by (pod, node, created_by_kind, created_by_name) (%s)\n* on (pod) group_left (phase) group by (pod, phase) (%s == 1)'
                % [of('kube_pod_info'), of('kube_pod_status_phase')]
              ),
              targets.table('max by (pod) (%s) * 1000' % of('kube_pod_created')),
              targets.table(containers.restarts('namespace="$namespace"', 'pod')),
            ],
            [
              ['pod', 'pod'],
              ['phase', 'phase'],
              ['created_by_kind', 'made by'],
              ['created_by_name', 'name'],
              ['node', 'node'],
              ['Value #B', 'created'],
              ['Value #C', 'restarts'],
            ]
          )
          + panels.column('created', { unit: 'dateTimeFromNow', 'custom.width': 130 })
          + panels.column('phase', { 'custom.width': 100 })
          + panels.column('made by', { 'custom.width': 110 })
          + panels.column('restarts', { unit: 'short', decimals: 0, 'custom.width': 80 })
          + panels.column('pod', { links: [link.to('What happened to this pod', link.path('kubevigil-pod', { namespace: '${namespace}', pod: '${__value.raw}' }))] }),
        ],
      }],
    },
    {
      title: 'Around them',
      lines: [{
        h: 8,
        panels: [
          panels.table(
            'Services in this namespace',
            'Each with its address inside of the cluster. None: headless, it leads to the pods themselves.',
            'none',
            [targets.table(
              'group by (service, cluster_ip) (%s)\n* on (service) group_left (type) group by (service, type) (%s)'
              % [of('kube_service_info'), of('kube_service_spec_type')]
            )],
            [['service', 'service'], ['type', 'type'], ['cluster_ip', 'address']]
          ),
          panels.table(
            'Claims in this namespace',
            'Each with its class and how much it asked for.',
            'bytes',
            [
              targets.table('group by (persistentvolumeclaim, storageclass, volumename) (%s)' % of('kube_persistentvolumeclaim_info')),
              targets.table('max by (persistentvolumeclaim) (%s)' % of('kube_persistentvolumeclaim_resource_requests_storage_bytes')),
            ],
            [
              ['persistentvolumeclaim', 'claim'],
              ['storageclass', 'class'],
              ['volumename', 'volume'],
              ['Value #B', 'size'],
            ]
          ) + panels.noRow('No claim'),
        ],
      }],
    },
    sources(config, ['pods', 'deployments', 'services', 'claims', 'rules']),
  ],
}
