// node draw.mjs CHROMIUM PROMETHEUS GATHERED.json DASHBOARDS OUT: a picture of each dashboard, and what was wrong.
import { createServer } from 'node:http';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import puppeteer from 'puppeteer-core';

const [chromium, prometheus, gatheredFile, dashboards, out] = process.argv.slice(2);
const gathered = JSON.parse(await readFile(gatheredFile));
const everywhere = {
  namespace: '.*', workload: '.*', healthcheck: '.*', node: '.*', instance: '.*', severity: '.*', most: '10',
};
const own = {
  'kubevigil-custom-metrics': { job: 'shop/web', metric: 'orders_total' },
  'kubevigil-installed': { namespace: 'shop' },
  'kubevigil-network': { pod: '.*' },
  'kubevigil-pod': { namespace: 'shop', pod: gathered.pod },
  'kubevigil-statefulset': { namespace: 'shop', statefulset: 'database' },
};

const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json' };
const server = createServer(async (request, answer) => {
  const { pathname } = new URL(request.url, 'http://localhost');
  const file = pathname.endsWith('.json') ? join(dashboards, pathname) : join('dist', pathname);
  try {
    answer.setHeader('Content-Type', types[extname(file)] ?? 'application/octet-stream');
    answer.end(await readFile(file));
  } catch {
    answer.writeHead(404).end();
  }
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const address = `http://127.0.0.1:${server.address().port}`;

const browser = await puppeteer.launch({ executablePath: chromium, args: ['--no-sandbox', '--hide-scrollbars'] });
let wrong = 0;
for (const file of (await readdir(dashboards)).filter((name) => name.endsWith('.json')).sort()) {
  const name = file.replace('.json', '');
  const page = await browser.newPage();
  await page.setViewport({ width: 1312, height: 3000 });
  await page.evaluateOnNewDocument(`Date.now = () => ${gathered.to * 1000}`); // 'two minutes ago' is before the end
  const said = [];
  page.on('pageerror', (error) => said.push(String(error)));
  const parameters = new URLSearchParams({
    dashboard: `/${file}`, prometheus, from: gathered.from, to: gathered.to, values: JSON.stringify({ ...everywhere, ...own[name] }),
  });
  await page.goto(`${address}/index.html?${parameters}`);
  await page.waitForFunction('window.__done', { timeout: 60_000 });
  const { panels, errors } = await page.evaluate('window.__report');
  const faults = [
    ...said, ...errors,
    ...panels.filter((each) => each.error || !each.known).map(({ title, error }) => `${title}: ${error ?? 'cannot be drawn'}`),
  ];
  const empty = panels.filter((each) => !each.series && !each.error).map(({ title }) => title);
  wrong += faults.length;
  await (await page.$('#page')).screenshot({ path: join(out, `${name.replace('kubevigil-', '')}.png`) });
  console.log(`${name}: ${panels.length} panels`, faults.length ? faults : '', empty.length ? `empty: ${empty.join(', ')}` : '');
  await page.close();
}
await browser.close();
server.close();
process.exitCode = wrong ? 1 : 0;
