// The panels of the dashboards, drawn by the parts that Grafana's own panels are made of.
import { getDisplayValueAlignmentFactors, getFieldDisplayValues, VizOrientation } from '@grafana/data';
import { BarGauge, BigValue, BigValueTextMode, TimeSeries, useTheme2, VizRepeater } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';
import { Timeline } from './timeline.jsx';

const literally = (text) => text;

function Stat({ frames, config, options, width, height }) {
  const theme = useTheme2();
  const getValues = () => getFieldDisplayValues({
    fieldConfig: config, reduceOptions: options.reduceOptions, replaceVariables: literally, theme, data: frames, sparkline: false, timeZone: 'utc',
  });
  const count = getValues().length;
  const textMode = options.textMode === 'auto' && count > 1 ? BigValueTextMode.ValueAndName : options.textMode;
  return (
    <VizRepeater
      getValues={getValues} getAlignmentFactors={getDisplayValueAlignmentFactors} source={frames} width={width} height={height} itemSpacing={3} autoGrid renderCounter={0}
      orientation={options.orientation ?? VizOrientation.Auto}
      renderValue={(one) => (
        <BigValue value={one.value.display} count={one.count} width={one.width} height={one.height} theme={theme}
          colorMode={options.colorMode} graphMode={options.graphMode} justifyMode={options.justifyMode} textMode={textMode}
          alignmentFactors={one.alignmentFactors} text={options.text} />
      )}
    />
  );
}

function Bars({ frames, config, options, width, height }) {
  const theme = useTheme2();
  const getValues = () => getFieldDisplayValues({
    fieldConfig: config, reduceOptions: options.reduceOptions, replaceVariables: literally, theme, data: frames, timeZone: 'utc',
  });
  return (
    <VizRepeater
      getValues={getValues} getAlignmentFactors={getDisplayValueAlignmentFactors} source={frames} width={width} height={height} itemSpacing={8} renderCounter={0}
      orientation={options.orientation} minVizHeight={16}
      renderValue={({ value: { field, display, view, colIndex }, width: wide, height: tall, orientation, alignmentFactors }) => (
        <BarGauge value={display} field={field} display={view?.getFieldDisplayProcessor(colIndex)} width={wide} height={tall}
          orientation={orientation} theme={theme} text={options.text} itemSpacing={8} displayMode={options.displayMode}
          alignmentFactors={alignmentFactors} showUnfilled={options.showUnfilled} valueDisplayMode={options.valueMode}
          namePlacement={options.namePlacement} />
      )}
    />
  );
}

function Graph({ frames, options, range, width, height }) {
  const moments = { from: range.moments.from, to: range.moments.to, raw: range.moments };
  return <TimeSeries frames={frames} timeRange={moments} timeZone="utc" width={width} height={height} legend={options.legend} options={options} />;
}

function Rows({ frames, config, options, width, height }) {
  return (
    <TableNG data={frames[0]} width={width} height={height} fieldConfig={config} showTypeIcons={false} noHeader={!options.showHeader}
      cellHeight={options.cellHeight} sortBy={options.sortBy} timeRange={undefined} getActions={() => []} structureRev={1}
      enableVirtualization={false} />
  );
}

export const KINDS = { stat: Stat, bargauge: Bars, timeseries: Graph, table: Rows, 'state-timeline': Timeline };
