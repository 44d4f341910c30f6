// Places panels on Grafana's grid, which is 24 columns wide, and gives them their ids.
//
//   layout([{ title: 'Now', lines: [{ h: 4, panels: [...] }] }])
//
// A panel's id comes of its title, so that links to it live through changes around it.
local sum(numbers) = std.foldl(function(total, number) total + number, numbers, 0);

local id(title) = std.parseHex(std.substr(std.md5(title), 0, 6)) + 1;

// Their own width, or the same share of what is left; what cannot be shared goes to the first of them.
local widths(panels) =
  local own = [std.get(panel, 'w', null, true) for panel in panels];
  local left = 24 - sum([w for w in own if w != null]);
  local without = std.count(own, null);
  local rank(index) = std.count(own[:index], null);
  [
    if own[index] != null then own[index]
    else std.floor(left / without) + (if rank(index) < left % without then 1 else 0)
    for index in std.range(0, std.length(own) - 1)
  ];

local line(h, y, panels) =
  local w = widths(panels);
  [
    panels[index] {
      id: id(panels[index].title),
      gridPos: { x: sum(w[:index]), y: y, w: w[index], h: h },
    }
    for index in std.range(0, std.length(panels) - 1)
  ];

local height(row) = 1 + sum([each.h for each in row.lines]);

local row(given, y) =
  [{
    type: 'row',
    title: given.title,
    id: id('row ' + given.title),
    collapsed: false,
    panels: [],
    gridPos: { x: 0, y: y, w: 24, h: 1 },
  }]
  + std.flattenArrays([
    local each = given.lines[index];
    line(each.h, y + 1 + sum([above.h for above in given.lines[:index]]), each.panels)
    for index in std.range(0, std.length(given.lines) - 1)
  ]);

function(rows)
  std.flattenArrays([
    row(rows[index], sum([height(above) for above in rows[:index]]))
    for index in std.range(0, std.length(rows) - 1)
  ])
