// Queries as Grafana's data source of Prometheus asks them, and the frames that it makes of the answers.
import { createDataFrame, FieldType } from '@grafana/data';

const SCRAPED_EVERY = 15; // seconds; what a data source is told in Grafana

const words = (seconds) => (seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`);
const seconds = (text) => Number.parseFloat(text) * { s: 1, m: 60, h: 3600 }[text.at(-1)];
const NICE = [1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];

// The step of a graph so many pixels wide.
export function stepOf(panel, range, width) {
  const least = Math.max(panel.interval ? seconds(panel.interval) : 0, SCRAPED_EVERY);
  return Math.max(least, NICE.find((each) => each >= (range.to - range.from) / width) ?? 3600);
}

export function filled(text, range, step, values) {
  const length = Math.round(range.to - range.from);
  const known = {
    __range: `${length}s`, __range_s: String(length), __interval: words(step),
    __rate_interval: words(Math.max(step + SCRAPED_EVERY, 4 * SCRAPED_EVERY)), ...values,
  };
  return text.replace(/\$(?:\{([a-zA-Z_]\w*)\}|([a-zA-Z_]\w*))/g, (_, braced, bare) => {
    const name = braced ?? bare;
    if (!(name in known)) throw new Error(`nobody has $${name}`);
    return known[name];
  });
}

async function ask(base, path, parameters) {
  const answer = await (await fetch(`${base}/api/v1/${path}`, { method: 'POST', body: new URLSearchParams(parameters) })).json();
  if (answer.status !== 'success') throw new Error(answer.error);
  return answer.data.result;
}

const number = (text) => ({ 'NaN': NaN, '+Inf': Infinity, '-Inf': -Infinity })[text] ?? Number(text);

const named = (legend, labels) =>
  legend && legend !== '__auto' ? legend.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label) => labels[label] ?? '').trim() : undefined;

function frame(target, labels, times, numbers) {
  return createDataFrame({
    refId: target.refId,
    meta: { type: 'timeseries-multi' },
    fields: [
      { name: 'Time', type: FieldType.time, config: {}, values: times },
      { name: 'Value', type: FieldType.number, labels, config: { displayNameFromDS: named(target.legendFormat, labels) }, values: numbers },
    ],
  });
}

function table(target, several, found) {
  const labels = [...new Set(found.flatMap(({ metric }) => Object.keys(metric)))].sort();
  return createDataFrame({
    refId: target.refId,
    fields: [
      { name: 'Time', type: FieldType.time, config: {}, values: found.map(({ value }) => value[0] * 1000) },
      ...labels.map((name) => ({
        name, type: FieldType.string, config: { filterable: true }, values: found.map(({ metric }) => metric[name] ?? ''),
      })),
      {
        name: several ? `Value #${target.refId}` : 'Value', type: FieldType.number, config: {},
        values: found.map(({ value }) => number(value[1])),
      },
    ],
  });
}

// All frames of a panel.
export async function frames(base, panel, range, width, values) {
  const step = stepOf(panel, range, width);
  const of = async (target) => {
    const query = filled(target.expr, range, step, values);
    if (!target.range) {
      const found = await ask(base, 'query', { query, time: range.to });
      if (target.format === 'table') return found.length ? [table(target, panel.targets.length > 1, found)] : [];
      return found.map(({ metric, value }) => frame(target, metric, [value[0] * 1000], [number(value[1])]));
    }
    const start = Math.ceil(range.from / step) * step;
    const end = Math.floor(range.to / step) * step;
    const found = await ask(base, 'query_range', { query, start, end, step });
    const times = Array.from({ length: (end - start) / step + 1 }, (_, index) => start + index * step);
    return found.map(({ metric, values: pairs }) => {
      const there = new Map(pairs.map(([at, text]) => [at, number(text)]));
      return frame(target, metric, times.map((at) => at * 1000), times.map((at) => (Number.isFinite(there.get(at)) ? there.get(at) : null)));
    });
  };
  return (await Promise.all((panel.targets ?? []).map(of))).flat();
}
