// A state timeline. Grafana's own is in no package: this is drawn after its manner, with its colours and its legend.
import { getFieldDisplayName } from '@grafana/data';
import { LegendDisplayMode } from '@grafana/schema';
import { useTheme2, VizLegend, VizLayout } from '@grafana/ui';

const LEFT = 8;
const AXIS = 22;

const clock = (at) => new Date(at).toISOString().slice(11, 16);

// Neighbours with the same value are one strip.
function strips(field, times, end) {
  const found = [];
  field.values.forEach((value, index) => {
    const to = times[index + 1] ?? end;
    const last = found.at(-1);
    if (value === null) return;
    if (last && last.value === value && last.to === times[index]) last.to = to;
    else found.push({ value, from: times[index], to });
  });
  return found;
}

export function Timeline({ frames, range, width, height, options }) {
  const theme = useTheme2();
  const rows = frames.map((frame) => ({ name: getFieldDisplayName(frame.fields[1], frame, frames), field: frame.fields[1], times: frame.fields[0].values }));
  const seen = new Map();
  for (const { field } of rows) {
    for (const value of field.values) if (value !== null) seen.set(value, field.display(value));
  }
  const items = [...seen.values()].map(({ text, color }) => ({ label: text, color, yAxis: 1 }));
  const legend = options.legend?.showLegend && (
    <VizLayout.Legend placement="bottom">
      <VizLegend displayMode={LegendDisplayMode.List} placement="bottom" items={items} />
    </VizLayout.Legend>
  );
  return (
    <VizLayout width={width} height={height} legend={legend || null}>
      {(inner, tall) => <Strips {...{ rows, range, theme, width: inner, height: tall, rowHeight: options.rowHeight ?? 0.9 }} />}
    </VizLayout>
  );
}

function Strips({ rows, range, theme, width, height, rowHeight }) {
  const font = `12px ${theme.typography.fontFamily}`;
  const context = document.createElement('canvas').getContext('2d');
  context.font = font;
  const room = Math.min(width * 0.4, Math.max(...rows.map(({ name }) => context.measureText(name).width), 0) + 2 * LEFT);
  const each = (height - AXIS) / Math.max(rows.length, 1);
  const x = (at) => room + ((at / 1000 - range.from) / (range.to - range.from)) * (width - room - LEFT);
  const step = [60, 120, 300, 600, 1800, 3600].find((seconds) => ((range.to - range.from) / seconds) * 70 < width - room) ?? 7200;
  const ticks = [];
  for (let at = Math.ceil(range.from / step) * step; at <= range.to; at += step) ticks.push(at * 1000);
  return (
    <svg width={width} height={height} style={{ font }}>
      {ticks.map((at) => (
        <g key={at}>
          <line x1={x(at)} x2={x(at)} y1={0} y2={height - AXIS} stroke={theme.colors.border.weak} />
          <text x={x(at)} y={height - 6} textAnchor="middle" fill={theme.colors.text.primary}>{clock(at)}</text>
        </g>
      ))}
      {rows.map(({ name, field, times }, index) => (
        <g key={name}>
          <text x={room - LEFT} y={(index + 0.5) * each + 4} textAnchor="end" fill={theme.colors.text.primary}>{name}</text>
          {strips(field, times, range.to * 1000).map(({ value, from, to }) => (
            <rect key={from} x={x(from)} width={Math.max(1, x(to) - x(from))} y={index * each + (each * (1 - rowHeight)) / 2}
              height={each * rowHeight} fill={field.display(value).color} fillOpacity={0.85} />
          ))}
        </g>
      ))}
    </svg>
  );
}
