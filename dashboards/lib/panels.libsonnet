// Panels, in the classic form that Grafana 10 to 13 read. Each is a function of what it cannot do without; the rest are
// objects to add: width, thresholds, mappings, column and so on.
//
//   panels.stat('Restarts', 'What it means.', 'short', [targets.instant('sum(x)')]) + panels.width(6)
local datasource = { type: 'prometheus', uid: '${datasource}' };
local letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

local panel(type, title, description, unit, targets) = {
  type: type,
  title: title,
  description: description,
  datasource: datasource,
  // The version whose form this is; newer ones migrate it.
  pluginVersion: '10.0.0',
  targets: [
    targets[index] { refId: letters[index], datasource: datasource }
    for index in std.range(0, std.length(targets) - 1)
  ],
  fieldConfig: {
    defaults: {
      unit: unit,
      color: { mode: 'palette-classic' },
      thresholds: { mode: 'absolute', steps: [{ color: 'green', value: null }] },
      mappings: [],
    },
    overrides: [],
  },
  options: {},
};

local defaults(more) = { fieldConfig+: { defaults+: more } };
local custom(more) = defaults({ custom+: more });

local override(matcher, properties) = {
  fieldConfig+: {
    overrides+: [{
      matcher: matcher,
      properties: [{ id: id, value: properties[id] } for id in std.objectFields(properties)],
    }],
  },
};

local words(values) = [{
  type: 'value',
  options: {
    [value]: { text: values[value][0], color: values[value][1], index: std.parseInt(value) }
    for value in std.objectFields(values)
  },
}];

{
  // One number a series. What it is called is shown where there is more than one.
  stat(title, description, unit, targets)::
    panel('stat', title, description, unit, targets)
    + defaults({ color: { mode: 'thresholds' } })
    + {
      options: {
        reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
        colorMode: 'value',
        graphMode: 'none',
        justifyMode: 'auto',
        orientation: 'auto',
        textMode: 'auto',
      },
    },

  // The series' name instead of its value, 1.
  name(title, description, targets)::
    self.stat(title, description, 'none', targets) + { options+: { textMode: 'name' } },

  timeseries(title, description, unit, targets)::
    panel('timeseries', title, description, unit, targets)
    + custom({
      drawStyle: 'line',
      lineWidth: 1,
      fillOpacity: 10,
      showPoints: 'never',
      spanNulls: false,
      stacking: { mode: 'none', group: 'A' },
    })
    + {
      options: {
        legend: { displayMode: 'list', placement: 'bottom', calcs: [], showLegend: true },
        tooltip: { mode: 'multi', sort: 'desc' },
      },
    },

  // What was counted in each step, stacked.
  bars(title, description, unit, targets)::
    self.timeseries(title, description, unit, targets)
    + self.min(0)
    + custom({ drawStyle: 'bars', lineWidth: 0, fillOpacity: 80, stacking: { mode: 'normal', group: 'A' } }),

  // A bar a series, its last value. More is neither good nor bad; where it is bad: hot.
  bargauge(title, description, unit, targets)::
    panel('bargauge', title, description, unit, targets)
    + defaults({ color: { mode: 'fixed', fixedColor: 'blue' }, min: 0 })
    + {
      options: {
        reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
        displayMode: 'gradient',
        orientation: 'horizontal',
        showUnfilled: true,
        valueMode: 'color',
        namePlacement: 'auto',
        sizing: 'auto',
        text: { titleSize: 12, valueSize: 14 },
      },
    },

  // A strip a series. states: { '1': ['running', 'green'] }
  timeline(title, description, targets, states)::
    panel('state-timeline', title, description, 'none', targets)
    + defaults({ color: { mode: 'thresholds' } })
    + custom({ lineWidth: 0, fillOpacity: 85 })
    + self.mappings(states)
    + {
      options: {
        mergeValues: true,
        showValue: 'never',
        alignValue: 'left',
        rowHeight: 0.8,
        legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
        tooltip: { mode: 'single', sort: 'none' },
      },
    },

  // columns: [[label, 'Value' or, of several queries, 'Value #A', and what it is called]], in the order shown; others are
  // left out. Of several queries the rows with the same labels become one.
  table(title, description, unit, targets, columns)::
    local several = std.length(targets) > 1;
    panel('table', title, description, unit, targets)
    + custom({ align: 'auto', cellOptions: { type: 'auto' }, filterable: false })
    + {
      options: { showHeader: true, cellHeight: 'sm', footer: { show: false, reducer: ['sum'], countRows: false, fields: '' } },
      transformations:
        (if several then [{ id: 'merge', options: {} }] else [])
        + [
          { id: 'filterFieldsByName', options: { include: { names: [column[0] for column in columns] } } },
          {
            id: 'organize',
            options: {
              excludeByName: {},
              indexByName: { [columns[index][0]]: index for index in std.range(0, std.length(columns) - 1) },
              renameByName: { [column[0]]: column[1] for column in columns if column[0] != column[1] },
            },
          },
        ],
    },

  // Of the 24 columns that a line has; without it a panel gets its share.
  width(columns):: { w:: columns },

  decimals(count):: defaults({ decimals: count }),
  min(value):: defaults({ min: value }),
  max(value):: defaults({ max: value }),
  // What is said where there is nothing.
  nothing(text):: defaults({ noValue: text }),
  // The same of a table, in which the cells that are empty stay so.
  noRow(text):: self.nothing(text) + override({ id: 'byRegexp', options: '/.*/' }, { noValue: '' }),

  // steps: [[from, colour]]; the first from is null.
  thresholds(steps)::
    defaults({ thresholds: { mode: 'absolute', steps: [{ value: step[0], color: step[1] } for step in steps] } }),
  // Red from 1 on: what is counted should not be there.
  bad:: self.thresholds([[null, 'green'], [1, 'red']]),

  // values: { '0': ['failed', 'red'] }
  mappings(values):: defaults({ mappings: words(values) }),

  // Green at nothing, red at the greatest.
  hot:: defaults({ color: { mode: 'continuous-GrYlRd' } }),
  // Of series, by what they are called; others take what is left of the palette. colours: { failed: 'red' }
  seriesColours(colours):: std.foldl(
    function(panel, name) panel + override(
      { id: 'byName', options: name }, { color: { mode: 'fixed', fixedColor: colours[name] } }
    ),
    std.objectFields(colours),
    {}
  ),

  stacked:: custom({ stacking: { mode: 'normal', group: 'A' }, fillOpacity: 30 }),
  // The least step, such as '5m'.
  step(duration):: { interval: duration },

  // A line that is a limit: dashed, without a fill. name: a regular expression on what the legend says.
  limit(name, color):: override(
    { id: 'byRegexp', options: name },
    {
      'custom.lineStyle': { fill: 'dash', dash: [8, 6] },
      'custom.fillOpacity': 0,
      'custom.lineWidth': 2,
      'custom.stacking': { mode: 'none', group: 'limits' },
      color: { mode: 'fixed', fixedColor: color },
    }
  ),

  // Of one column of a table, by what it is called. properties: { unit: 's', 'custom.width': 120 }
  column(name, properties):: override({ id: 'byName', options: name }, properties),
  // Says the numbers of a column in coloured words. values: as of mappings.
  worded(name, values, width=null):: self.column(
    name,
    { mappings: words(values), 'custom.cellOptions': { type: 'color-text' } }
    + (if width == null then {} else { 'custom.width': width })
  ),
  // A column of counts, red from 1 on.
  badColumn(name, width):: self.column(name, {
    'custom.width': width,
    thresholds: { mode: 'absolute', steps: [{ value: null, color: 'green' }, { value: 1, color: 'red' }] },
    color: { mode: 'thresholds' },
    'custom.cellOptions': { type: 'color-text' },
  }),
  // Colours the column's text by what it says. values: { text: colour }
  colored(name, values):: self.column(name, {
    mappings: [{
      type: 'value',
      options: {
        [std.objectFields(values)[index]]: { color: values[std.objectFields(values)[index]], index: index }
        for index in std.range(0, std.length(std.objectFields(values)) - 1)
      },
    }],
    'custom.cellOptions': { type: 'color-text' },
  }),
  // Sorts a table, the greatest first, or with desc=false the least, and words by the alphabet.
  sorted(name, desc=true):: { options+: { sortBy: [{ displayName: name, desc: desc }] } },
}
