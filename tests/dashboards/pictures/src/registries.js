// What Grafana registers when it starts: the options that fields have, and transformations; and what its panels have of
// themselves where a dashboard says nothing.
import * as data from '@grafana/data';

const own = {
  unit: data.unitOverrideProcessor ?? data.stringOverrideProcessor,
  displayName: data.displayNameOverrideProcessor,
  min: data.numberOverrideProcessor,
  max: data.numberOverrideProcessor,
  decimals: data.numberOverrideProcessor,
  noValue: data.stringOverrideProcessor,
  thresholds: data.thresholdsOverrideProcessor,
  mappings: data.valueMappingsOverrideProcessor,
  color: data.identityOverrideProcessor,
  links: data.dataLinksOverrideProcessor,
};

const ofPanels = [
  'align', 'axisBorderShow', 'axisCenteredZero', 'axisColorMode', 'axisGridShow', 'axisPlacement', 'barAlignment',
  'barWidthFactor', 'cellOptions', 'drawStyle', 'fillOpacity', 'filterable', 'gradientMode', 'hideFrom', 'inspect',
  'lineInterpolation', 'lineStyle', 'lineWidth', 'pointSize', 'scaleDistribution', 'showPoints', 'spanNulls', 'stacking',
  'thresholdsStyle', 'width',
];

const item = (id, path, process, isCustom) => ({
  id, path, process, isCustom, name: id, category: [], settings: {}, shouldApply: () => true,
  editor: () => null, override: () => null,
});

export function register() {
  data.standardFieldConfigEditorRegistry.setInit(() => [
    ...Object.entries(own).map(([id, process]) => item(id, id, process, false)),
    ...ofPanels.map((path) => item(`custom.${path}`, path, data.identityOverrideProcessor, true)),
  ]);
  // Some are there by two names.
  const transformations = new Map(Object.values(data.standardTransformers).map((each) => [each.id, each]));
  data.standardTransformersRegistry.setInit(() =>
    [...transformations.values()].map((each) => ({ id: each.id, name: each.name, transformation: async () => each, editor: () => null }))
  );
}

const nowhere = { legend: false, tooltip: false, viz: false };

const customs = {
  timeseries: {
    axisBorderShow: false, axisColorMode: 'text', axisPlacement: 'auto', barAlignment: 0, barWidthFactor: 0.6,
    drawStyle: 'line', fillOpacity: 0, gradientMode: 'none', hideFrom: nowhere, lineInterpolation: 'linear', lineWidth: 1,
    pointSize: 5, scaleDistribution: { type: 'linear' }, showPoints: 'auto', spanNulls: false,
    stacking: { group: 'A', mode: 'none' }, thresholdsStyle: { mode: 'off' },
  },
  table: { align: 'auto', cellOptions: { type: 'auto' }, hideFrom: nowhere, inspect: false },
};

// A panel's fieldConfig as Grafana completes it.
export function completed(panel) {
  const { defaults = {}, overrides = [] } = panel.fieldConfig ?? {};
  const steps = defaults.thresholds?.steps?.map((step) => ({ ...step, value: step.value ?? -Infinity }));
  const properties = (list) => list.map((each) => each.id !== 'thresholds' ? each : {
    ...each, value: { ...each.value, steps: each.value.steps.map((step) => ({ ...step, value: step.value ?? -Infinity })) },
  });
  return {
    defaults: {
      ...defaults,
      ...(steps && { thresholds: { ...defaults.thresholds, steps } }),
      custom: { ...customs[panel.type], ...defaults.custom },
    },
    overrides: overrides.map((each) => ({ ...each, properties: properties(each.properties) })),
  };
}
