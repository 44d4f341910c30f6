// Places panels in rows from the top: rows are [{ h, panels: [{ object, w }] }], the result [{ object, x, y, w, h }].
local sum(numbers) = std.foldl(function(total, number) total + number, numbers, 0);

function(rows) [
  rows[row].panels[panel] {
    h: rows[row].h,
    x: sum([before.w for before in rows[row].panels[:panel]]),
    y: sum([before.h for before in rows[:row]]),
  }
  for row in std.range(0, std.length(rows) - 1)
  for panel in std.range(0, std.length(rows[row].panels) - 1)
]
