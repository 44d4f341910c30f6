// What crashes, since when, and why?
local links = import 'lib/links.libsonnet';
local panels = import 'lib/panels.libsonnet';
local sources = import 'lib/sources.libsonnet';
local targets = import 'lib/targets.libsonnet';
local variables = import 'lib/variables.libsonnet';
local containers = import 'queries/containers.libsonnet';

function(config) {
  local link = links(config),
  local of = 'namespace=~"$namespace",workload=~"$workload"',
  local toPod =
    local to = link.columnTo('What happened to this pod', 'kubevigil-pod', { namespace: 'namespace', pod: 'pod' });
    panels.column('pod', { links: to.links + link.columnLogs }),
  local among = containers.mostRestarts(of, 50),

  uid: 'kubevigil-crashes',
  title: 'Crashes',
  question: 'What crashes, since when, and why?',
  variables: [
    variables.namespaces,
    variables.any(
      'workload', 'Workload', 'namespace_pod:kubevigil_workload:info{namespace=~"$namespace"}'
    ),
  ],
  annotations: [{
    name: 'Alerts',
    expr: 'max by (alertname, namespace, workload, container) (ALERTS{alertstate="firing",alertname=~"Kubevigil.*",severity!="none",namespace=~"$namespace"})',
    titleFormat: '{{alertname}}',
    textFormat: '{{namespace}} {{workload}} {{container}}',
    enable: false,
  }],
  rows: [
    {
      title: 'In the time shown',
      lines: [{
        h: 4,
        panels: [
          panels.stat(
            'Restarts',
            'Of containers, in the time shown. Also those of pods that are gone since.',
            'short',
            [targets.instant(containers.restartsInAll(of))]
          ) + panels.decimals(0) + panels.bad,
          panels.stat(
            'Cannot run now',
            'Containers that wait: CrashLoopBackOff, ImagePullBackOff, CreateContainerConfigError and their like.',
            'short',
            [targets.instant(containers.stuck(of))]
          ) + panels.bad,
          panels.stat(
            'In a crash loop now',
            'Containers that crashed again and again and go on, the slow ones too: what KubevigilCrashLooping tells.',
            'short',
            [targets.instant(containers.loops(of))]
          ) + panels.bad,
          panels.stat(
            'Out of memory',
            'Containers that the kernel killed, in the time shown.',
            'short',
            [targets.instant(containers.oomKills(of))]
          ) + panels.decimals(0) + panels.bad,
          panels.stat(
            'Workloads hit',
            'Deployments, StatefulSets, Jobs and so on of which a container restarted in the time shown.',
            'short',
            [targets.instant(containers.workloads(of))]
          ) + panels.bad,
          panels.stat(
            'Pods watched',
            'In the whole cluster, or in the namespaces that are watched.',
            'short',
            [targets.instant(containers.pods)]
          ),
        ],
      }, {
        h: 9,
        panels: [
          panels.bars(
            'Restarts by namespace',
            'How often containers restarted in each step.',
            'short',
            [targets.range(containers.restarts(of, 'namespace', '$__interval'), '{{namespace}}')]
          ) + panels.decimals(0) + panels.step(containers.step) + panels.width(14),
          panels.bargauge(
            'How containers ended last',
            'Containers by reason and exit code of their latest end, of those that are still there. OOMKilled: the memory limit, or the node had none left. 137 otherwise: killed from outside. 143: asked to stop.',
            'short',
            [targets.instant('sort_desc(%s)' % containers.ends(of, 'reason, exit_code'), '{{reason}} {{exit_code}}')]
          ) + panels.width(10),
        ],
      }],
    },
    {
      title: 'Which',
      lines: [{
        h: 10,
        panels: [
          panels.table(
            'Containers by restarts',
            'The 50 with the most restarts in the time shown, how they ended last, and why they wait now. A pod leads to what happened to it.',
            'short',
            [
              targets.table(containers.worst(of, 50)),
              targets.table(
                'max by (namespace, pod, container) (kubevigil_container_last_termination_timestamp_seconds{namespace=~"$namespace",%s}) * 1000\nand on (namespace, pod, container) %s'
                % [config.exporterSelector, among]
              ),
              targets.table(containers.states(of, among)),
            ],
            [
              ['namespace', 'namespace'],
              ['workload_kind', 'kind'],
              ['workload', 'workload'],
              ['pod', 'pod'],
              ['container', 'container'],
              ['Value #A', 'restarts'],
              ['reason', 'last ended by'],
              ['exit_code', 'exit code'],
              ['Value #B', 'last ended'],
              ['state', 'waits now'],
            ]
          )
          + toPod
          + panels.column('restarts', { decimals: 0, 'custom.width': 90 })
          + panels.column('namespace', { 'custom.width': 110 })
          + panels.column('pod', { 'custom.width': 230 })
          + panels.column('kind', { 'custom.width': 110 })
          + panels.column('last ended', { unit: 'dateTimeFromNow', 'custom.width': 150 })
          + panels.column('exit code', { 'custom.width': 90 })
          + panels.sorted('restarts'),
        ],
      }, {
        h: 9,
        panels: [
          panels.timeline(
            'Containers that could not run',
            'When, and why. The 20 that waited longest in the time shown; a gap is a time in which it did not wait.',
            [targets.range(containers.stuckOverTime(of, 20), '{{namespace}} {{pod}} {{container}}')],
            containers.stateNames
          ),
        ],
      }, {
        h: 7,
        panels: [
          panels.table(
            'Never started: images and configuration',
            'Containers that wait for something else than the end of a crash loop: an image that cannot be pulled, a Secret or ConfigMap that is not there. Restarting does not help.',
            'none',
            [targets.table(containers.stuckBy(of + ',reason!="CrashLoopBackOff"', 'namespace, workload, pod, container, reason'))],
            [['namespace', 'namespace'], ['workload', 'workload'], ['pod', 'pod'], ['container', 'container'], ['reason', 'reason']]
          ) + toPod + panels.noRow('None waits for an image or its configuration'),
        ],
      }],
    },
    sources(config, ['rules', 'ends']),
  ],
}
