// Saved objects of Kibana and OpenSearch Dashboards, as Kibana 7.6 wrote them: the form that both read.
//
// An object names others in its `references` alone, each by a name that its texts use. What Kibana keeps as JSON inside
// of a text is made by `text`, and by nothing else.
local text(value) = std.manifestJsonMinified(value);

// The newest migration of each type in Kibana 7.6. Later ones start from here; OpenSearch Dashboards, which left Kibana
// at 7.10, refuses what is newer than that.
local versions = { 'index-pattern': '7.6.0', search: '7.4.0', visualization: '7.4.2', dashboard: '7.3.0' };

local object(type, id, attributes, references=[]) = {
  type: type,
  id: id,
  attributes: attributes,
  references: references,
  migrationVersion: { [type]: versions[type] },
};

local everything = { query: { language: 'kuery', query: '' }, filter: [] };
local indexRef = 'kibanaSavedObjectMeta.searchSourceJSON.index';
local searching(source) = { kibanaSavedObjectMeta: { searchSourceJSON: text(source) } };

local referenceTo(target, name) = { name: name, type: target.type, id: target.id };

{
  // pattern: names of indices, such as 'k8s-crash-monitor-*'. Without a list of fields, which is read from the indices.
  indexPattern(id, pattern, timeField)::
    object('index-pattern', id, { title: pattern, timeFieldName: timeField }),

  // columns: fields; sort: [[field, 'asc' or 'desc']]
  search(id, title, description, index, columns, sort):: object(
    'search',
    id,
    { title: title, description: description, columns: columns, sort: sort, hits: 0, version: 1 } +
    searching(everything { highlightAll: true, version: true, indexRefName: indexRef }),
    [referenceTo(index, indexRef)],
  ),

  // chart: { type, params } of charts.libsonnet; aggs: of aggregations.libsonnet; index: null for none.
  visualization(id, title, description, chart, index=null, aggs=[]):: object(
    'visualization',
    id,
    {
      title: title,
      description: description,
      visState: text({ title: title, aggs: aggs } + chart),
      uiStateJSON: text({}),
      version: 1,
    } + searching(everything + if index == null then {} else { indexRefName: indexRef }),
    if index == null then [] else [referenceTo(index, indexRef)],
  ),

  // panels: [{ object, x, y, w, h }], in units of a grid that is 48 wide. from: the time that is shown at first.
  dashboard(id, title, description, panels, from):: object(
    'dashboard',
    id,
    {
      title: title,
      description: description,
      panelsJSON: text([
        {
          version: '7.6.0',
          panelIndex: '%d' % (index + 1),
          gridData: { i: '%d' % (index + 1), x: panels[index].x, y: panels[index].y, w: panels[index].w, h: panels[index].h },
          embeddableConfig: {},
          panelRefName: 'panel_%d' % index,
        }
        for index in std.range(0, std.length(panels) - 1)
      ]),
      optionsJSON: text({ hidePanelTitles: false, useMargins: true }),
      timeRestore: true,
      timeFrom: from,
      timeTo: 'now',
      refreshInterval: { pause: true, value: 0 },
      hits: 0,
      version: 1,
    } + searching(everything),
    [referenceTo(panels[index].object, 'panel_%d' % index) for index in std.range(0, std.length(panels) - 1)],
  ),
}
