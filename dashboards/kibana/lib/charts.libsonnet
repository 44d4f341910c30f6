// Charts that Kibana and OpenSearch Dashboards both have: those based on aggregations. How each splits its documents:
// `metric` not at all, `bars` and `lines` by 'segment' (the axis) and 'group', `pie` by 'segment', `table` by 'bucket'.
local overTime(type, series) = {
  type: type,
  params: {
    type: type,
    addLegend: true,
    addTimeMarker: false,
    addTooltip: true,
    legendPosition: 'right',
    times: [],
    grid: { categoryLines: false },
    categoryAxes: [
      {
        id: 'CategoryAxis-1',
        type: 'category',
        position: 'bottom',
        show: true,
        style: {},
        scale: { type: 'linear' },
        labels: { show: true, filter: true, truncate: 100 },
        title: {},
      },
    ],
    valueAxes: [
      {
        id: 'ValueAxis-1',
        name: 'LeftAxis-1',
        type: 'value',
        position: 'left',
        show: true,
        style: {},
        scale: { type: 'linear', mode: 'normal' },
        labels: { show: true, rotate: 0, filter: false, truncate: 100 },
        title: { text: 'Crashes' },
      },
    ],
    seriesParams: [
      {
        show: true,
        type: type,
        data: { id: '1', label: 'Crashes' },
        valueAxis: 'ValueAxis-1',
        drawLinesBetweenPoints: true,
        showCircles: true,
      } + series,
    ],
  },
};

{
  bars: overTime('histogram', { mode: 'stacked' }),
  lines: overTime('line', { mode: 'normal', interpolate: 'linear' }),

  metric: {
    type: 'metric',
    params: {
      type: 'metric',
      addLegend: false,
      addTooltip: true,
      metric: {
        colorSchema: 'Green to Red',
        colorsRange: [{ from: 0, to: 10000 }],
        invertColors: false,
        labels: { show: true },
        metricColorMode: 'None',
        percentageMode: false,
        useRanges: false,
        style: { bgColor: false, bgFill: '#000', fontSize: 40, labelColor: false, subText: '' },
      },
    },
  },

  pie: {
    type: 'pie',
    params: {
      type: 'pie',
      addLegend: true,
      addTooltip: true,
      isDonut: true,
      legendPosition: 'right',
      labels: { show: true, values: true, last_level: true, truncate: 100 },
    },
  },

  table: {
    type: 'table',
    params: {
      perPage: 10,
      showMetricsAtAllLevels: false,
      showPartialRows: true,
      showTotal: false,
      sort: { columnIndex: null, direction: null },
      totalFunc: 'sum',
    },
  },

  markdown(words): { type: 'markdown', params: { fontSize: 12, openLinksInNewTab: false, markdown: words } },
}
