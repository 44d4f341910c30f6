// What pods use, by cAdvisor in the kubelet. Where a container runtime gives no labels of containers, the series of the
// whole pod is all there is; where it does, that one counts the same once more. So: containers, else pods.
//
// of: label matchers; window: a range. Each expression has one series a pod, or a pod and container ('' is the pod).
function(config) {
  local cadvisor = config.dashboards.cadvisorSelector,
  local stateMetrics = config.kubeStateMetricsSelector,

  local selected(name, of, more) = name + '{' + of + ',' + more + cadvisor + '}',
  local ofContainer = 'container!="",container!="POD",',
  local ofPod = 'pod!="",container="",',

  // value: function(selector) PromQL
  local byContainer(name, of, value) =
    'max by (namespace, pod, container) (' + value(selected(name, of, ofContainer)) + ')\n'
    + 'or on (namespace, pod)\n'
    + 'max by (namespace, pod, container) (' + value(selected(name, of, ofPod)) + ')\n',
  local byPod(name, of, value) = 'sum by (namespace, pod) (\n' + byContainer(name, of, value) + ')',

  // What has no name of a container is the pod.
  local named(expr) = 'label_replace(\n' + expr + ', "container", "whole pod", "container", "^$")',

  local rate(selector) = 'rate(' + selector + '[$__rate_interval])',
  local mean(selector) = 'increase(' + selector + '[$__range]) / $__range_s',
  local meanOfAll(selector) = 'increase(' + selector + '[$__range] @ end()) / $__range_s',
  local now(selector) = selector,
  local meanOver(selector) = 'avg_over_time(' + selector + '[$__range])',
  local highest(selector) = 'max_over_time(' + selector + '[$__range])',

  // In cores.
  cpu(of):: byPod('container_cpu_usage_seconds_total', of, rate),
  cpuOfContainers(of):: named(byContainer('container_cpu_usage_seconds_total', of, rate)),
  // In the mean of the time shown.
  meanCpu(of):: byPod('container_cpu_usage_seconds_total', of, mean),
  // The same at every step of a graph, to choose what it shows.
  meanCpuOfAll(of):: byPod('container_cpu_usage_seconds_total', of, meanOfAll),

  // In bytes; what the kernel would kill for.
  memory(of):: byPod('container_memory_working_set_bytes', of, now),
  memoryOfContainers(of):: named(byContainer('container_memory_working_set_bytes', of, now)),
  meanMemory(of):: byPod('container_memory_working_set_bytes', of, meanOver),
  highestMemory(of):: byPod('container_memory_working_set_bytes', of, highest),

  // The share of its periods in which a container was held back by its CPU limit.
  throttled(of)::
    local periods(name) =
      'sum by (namespace, pod, container) (rate(%s[$__rate_interval]))' % selected(name, of, 'container!="",');
    '%s\n/ %s > 0' % [
      periods('container_cpu_cfs_throttled_periods_total'),
      periods('container_cpu_cfs_periods_total'),
    ],

  // resource: cpu (cores) or memory (bytes)
  local asked(family, resource, of, by) =
    'sum by (%s) (max by (namespace, pod, container) (%s{resource="%s",%s,%s}))'
    % [by, family, resource, of, stateMetrics],
  requests(resource, of, by='namespace, pod'):: asked('kube_pod_container_resource_requests', resource, of, by),
  limits(resource, of, by='namespace, pod'):: asked('kube_pod_container_resource_limits', resource, of, by),

  // fact: receive_bytes, transmit_packets_dropped and so on; by second.
  network(fact, of)::
    'sum by (namespace, pod) (max by (namespace, pod, interface) (rate(%s[$__rate_interval])))'
    % selected('container_network_%s_total' % fact, of, 'pod!="",'),
  meanNetwork(fact, of, at='')::
    'sum by (namespace, pod) (max by (namespace, pod, interface) (increase(%s[$__range]%s) / $__range_s))'
    % [selected('container_network_%s_total' % fact, of, 'pod!="",'), at],
  // The same at every step of a graph.
  meanNetworkOfAll(fact, of):: self.meanNetwork(fact, of, ' @ end()'),
}
