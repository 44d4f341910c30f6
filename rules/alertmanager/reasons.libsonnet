// The alerts that tell of a reason as Kubernetes names it: { OOMKilled: [alert, ...], ... }.
// A reason that is not here has no alert of its own, so it cannot be ignored by a route.
function(config)
  local own = function(alert) std.get(std.get(config.alerts, alert, {}), 'reasons', []);
  { [reason]: ['KubevigilImagePullFailing'] for reason in own('KubevigilImagePullFailing') }
  + { [reason]: ['KubevigilContainerConfigError'] for reason in own('KubevigilContainerConfigError') }
  + {
    CrashLoopBackOff: ['KubevigilCrashLooping', 'KubevigilInitContainerFailing'],
    OOMKilled: ['KubevigilContainerOOMKilled'],
  }
