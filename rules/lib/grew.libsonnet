// By how much a counter grew within a window. increase() does not see what a series is born with: a container that
// crashed three times before its first scrape is born at 3. Then its growth is its value; how a birth is known is what
// the two sources differ in. Whole numbers; 0 for series that did not grow.
//
//   x: a selector such as 'kubevigil_container_restarts_total{job="kubevigil"}'
//   minutes: the window, a whole number
//   addable: whether growths of windows side by side are to be added up
{
  // Of one window as it slides along: what comes between two of them, the next evaluation sees.
  local increase(x, minutes) = 'round(increase(%s[%dm]))' % [x, minutes],

  // Of windows side by side, whose sum is the growth of them all: increase() would miss what comes between the last
  // sample of one and the first of the next. A counter that fell grew by what it is.
  local difference(x, minutes) =
    |||
      (%(x)s - %(x)s offset %(minutes)dm >= 0)
      or
      (%(x)s < %(x)s offset %(minutes)dm)
    ||| % { x: x, minutes: minutes },
  local growth(x, minutes, addable) = if addable then difference(x, minutes) else increase(x, minutes),

  // Two minutes more than the window: at a scrape in the very moment of the first sync the pods are not published yet.
  local settled = 2,

  // The exporter's: a series is new that was absent while the exporter had the whole cluster in view. Where it had not
  // (its first install, a gap in the scrapes), nothing is new. Five minutes bridge a restart of the exporter: what it
  // did not show for a moment was not absent.
  exporter(x, minutes, selector, addable=false)::
    |||
      (
        (last_over_time(%(x)s[5m]) unless last_over_time(%(x)s[5m] offset %(minutes)dm))
        and on () (max(kubevigil_synced{resource="pods",%(selector)s} offset %(minutes)dm) == 1)
        and on () (max(kubevigil_synced{resource="pods",%(selector)s} offset %(before)dm) == 1)
      )
      or
      %(growth)s
    ||| % {
      x: x,
      minutes: minutes,
      before: minutes + settled,
      selector: selector,
      growth: growth(x, minutes, addable),
    },

  // kube-state-metrics': it shows half a cluster while it starts, so absence says nothing. But it knows when a pod was
  // created: all that happened to a pod that is younger than the window happened within it.
  kubeStateMetrics(x, minutes, selector, addable=false)::
    |||
      (
        %(x)s
        and on (namespace, pod) (time() - max by (namespace, pod) (kube_pod_created{%(selector)s}) < %(minutes)d * 60)
      )
      or
      %(growth)s
    ||| % { x: x, minutes: minutes, selector: selector, growth: growth(x, minutes, addable) },
}
