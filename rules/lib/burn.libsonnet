// How fast an error budget is spent: multi-window, multi-burn-rate expressions over a gauge that is 1 while all is
// well and 0 while it is not. Time is counted, not events: what runs every ten minutes has no events in most windows of
// five. A moment without a sample (new, paused, we were away) counts as well, so that a young series has not spent a
// month's budget.

// Looked at often enough that an objective of 99 % and a factor of 1 leave three points of a window.
local points = 300;

{
  // At which step a window is looked at, in seconds; not below a minute, at which the gauge is written.
  local step(minutes) = std.max(60, std.floor(minutes * 60 / points)),

  // The share of a window in which `up` was 0: 0 to 1, with the labels of `up`.
  badShare(up, minutes)::
    local every = step(minutes);
    'sum_over_time((1 - %s)[%dm:%ds]) / %d' % [up, minutes, every, std.floor(minutes * 60 / every)],

  // How many times faster than the objective allows the budget was spent in the long window, where in both of a pair's
  // windows that is more than its factor. Only where the short one holds four runs, else a single run would decide.
  //   interval: seconds between runs, with the labels of `up`;  pair: { longMinutes, shortMinutes, factor }
  pair(up, interval, objective, pair)::
    local budget = 1 - objective;
    |||
      (
        %(long)s > %(limit)g
        and %(short)s > %(limit)g
        and %(interval)s <= %(longestInterval)g
      ) / %(budget)g
    ||| % {
      long: $.badShare(up, pair.longMinutes),
      short: $.badShare(up, pair.shortMinutes),
      limit: pair.factor * budget,
      interval: interval,
      longestInterval: pair.shortMinutes * 60 / 4,
      budget: budget,
    },

  // The first pair that holds.
  any(up, interval, objective, pairs)::
    std.join('or\n', [$.pair(up, interval, objective, one) for one in pairs]),
}
