// One dashboard on one page: index.html?dashboard=URL&prometheus=URL&from=UNIX&to=UNIX&values=JSON
import '@fontsource/inter/400.css';
import '@fontsource/inter/500.css';
import 'uplot/dist/uPlot.min.css';
import { applyFieldOverrides, cacheFieldDisplayNames, createTheme, dateTime, ThemeContext, transformDataFrame } from '@grafana/data';
import { GlobalStyles, PanelChrome, PortalContainer } from '@grafana/ui';
import { Component } from 'react';
import { createRoot } from 'react-dom/client';
import { lastValueFrom } from 'rxjs';
import { KINDS } from './panels.jsx';
import { frames as asked } from './prometheus.js';
import { completed, register } from './registries.js';

const CELL = 30;
const GAP = 8;
const WIDTH = 1280;
const COLUMN = (WIDTH - 23 * GAP) / 24;

const given = new URLSearchParams(location.search);
const theme = createTheme({ colors: { mode: given.get('theme') ?? 'light' } });
const from = Number(given.get('from'));
const to = Number(given.get('to'));
const range = { from, to, moments: { from: dateTime(from * 1000), to: dateTime(to * 1000) } };
const values = JSON.parse(given.get('values') ?? '{}');
const report = { panels: [], errors: [] };
window.__report = report;
window.addEventListener('error', (event) => report.errors.push(String(event.message)));

const wide = ({ w }) => w * COLUMN + (w - 1) * GAP;
const tall = ({ h }) => h * CELL + (h - 1) * GAP;

// Frames with what the panel says of their fields, after its transformations.
async function prepared(panel) {
  const found = await asked(given.get('prometheus'), panel, range, wide(panel.gridPos), { datasource: 'prometheus', ...values });
  const config = completed(panel);
  const data = panel.transformations?.length ? await lastValueFrom(transformDataFrame(panel.transformations, found)) : found;
  const frames = applyFieldOverrides({ data, fieldConfig: config, replaceVariables: (text) => text, theme, timeZone: 'utc' });
  cacheFieldDisplayNames(frames);
  return { config, asked: found.length, frames };
}

class Guard extends Component {
  state = {};
  static getDerivedStateFromError(error) {
    return { error };
  }
  componentDidCatch(error) {
    report.errors.push(`${this.props.title}: ${error}`);
  }
  render() {
    return this.state.error ? String(this.state.error) : this.props.children;
  }
}

const Empty = ({ text, height }) => (
  <div style={{ height, display: 'flex', alignItems: 'center', justifyContent: 'center', color: theme.colors.text.secondary }}>{text}</div>
);

function Panel({ panel, config, frames }) {
  const Kind = KINDS[panel.type];
  const flush = ['table'].includes(panel.type);
  const rows = frames.some((frame) => frame.length > 0);
  return (
    <PanelChrome title={panel.title} description={panel.description} width={wide(panel.gridPos)} height={tall(panel.gridPos)}
      padding={flush ? 'none' : 'md'}>
      {(width, height) => (
        <Guard title={panel.title}>
          {rows ? <Kind {...{ frames, config, range, width, height, options: panel.options }} />
            : <Empty text={panel.fieldConfig.defaults.noValue ?? 'No data'} height={height} />}
        </Guard>
      )}
    </PanelChrome>
  );
}

const Chip = ({ label, value }) => (
  <span style={{ border: `1px solid ${theme.colors.border.medium}`, borderRadius: 2, marginRight: 8, display: 'inline-flex' }}>
    <span style={{ background: theme.colors.background.secondary, padding: '4px 8px' }}>{label}</span>
    <span style={{ padding: '4px 8px' }}>{value}</span>
  </span>
);

function Page({ dashboard, made }) {
  const variables = dashboard.templating.list.filter(({ name }) => name !== 'datasource');
  const shown = (name) => ((values[name] ?? '') === '.*' ? 'All' : values[name]);
  const end = Math.max(...dashboard.panels.map(({ gridPos }) => gridPos.y + gridPos.h));
  return (
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <div id="page" style={{ width: WIDTH + 2 * 16, padding: 16, background: theme.colors.background.canvas, fontSize: 13 }}>
        <div style={{ fontSize: 18, fontWeight: 500 }}>{dashboard.title}</div>
        <div style={{ color: theme.colors.text.secondary, margin: '4px 0 10px' }}>{dashboard.description}</div>
        {variables.length > 0 && <div style={{ margin: '12px 0 16px' }}>{variables.map(({ name, label }) => <Chip key={name} label={label} value={shown(name)} />)}</div>}
        <div style={{ position: 'relative', height: end * (CELL + GAP) }}>
          {dashboard.panels.map((panel) => {
            const { x, y } = panel.gridPos;
            const place = { position: 'absolute', left: x * (COLUMN + GAP), top: y * (CELL + GAP) };
            return (
              <div key={panel.id} style={place}>
                {panel.type === 'row' ? <div style={{ fontSize: 16, fontWeight: 500, padding: '4px 0' }}>{panel.title}</div>
                  : made.get(panel.id) && <Panel panel={panel} {...made.get(panel.id)} />}
              </div>
            );
          })}
        </div>
      </div>
      <PortalContainer />
    </ThemeContext.Provider>
  );
}

async function draw() {
  register();
  await Promise.all([400, 500].map((weight) => document.fonts.load(`${weight} 12px Inter`)));
  const dashboard = await (await fetch(given.get('dashboard'))).json();
  const made = new Map();
  for (const panel of dashboard.panels.filter(({ type }) => type !== 'row')) {
    const told = { title: panel.title, type: panel.type, known: panel.type in KINDS, series: 0, fine: 'noValue' in panel.fieldConfig.defaults };
    report.panels.push(told);
    try {
      const one = await prepared(panel);
      made.set(panel.id, one);
      told.series = one.asked;
    } catch (error) {
      told.error = String(error);
    }
  }
  createRoot(document.getElementById('root')).render(<Page dashboard={dashboard} made={made} />);
}

draw().catch((error) => report.errors.push(String(error?.stack ?? error))).finally(() => setTimeout(() => (window.__done = true), 1500));
