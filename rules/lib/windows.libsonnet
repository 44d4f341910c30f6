// The windows, in minutes, over which restarts are recorded: those that the alerts of a config need, each once.
local restarted = ['KubevigilContainerRestarted', 'KubevigilContainerRestartsHigh', 'KubevigilWorkloadRestartStorm'];
local loops = ['KubevigilCrashLooping', 'KubevigilInitContainerFailing'];
local hours = 60;

{
  // The one that dashboards add up, for any time: Grafana's steps from here on are whole multiples of it.
  shown: 5,

  // A crash loop's: quiet, quiet for a slow one, what two more rounds of a slow one are older than, all of it.
  loop(own):: {
    quiet: own.quietMinutes,
    slow: 2 * own.quietMinutes,
    recent: 3 * own.quietMinutes,
    whole: 6 * own.quietMinutes,
  },

  local all(config) =
    local own(names) = [config.alerts[name] for name in names if config.alerts[name] != null];
    std.set(
      [alert.windowMinutes for alert in own(restarted)]
      + std.flattenArrays([std.objectValues($.loop(alert)) for alert in own(loops)])
    ),

  short(config):: [minutes for minutes in all(config) if minutes <= 2 * hours],

  // These read so many samples that they are recorded less often.
  long(config):: [minutes for minutes in all(config) if minutes > 2 * hours],
}
