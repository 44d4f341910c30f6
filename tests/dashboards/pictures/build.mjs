// node build.mjs: dist/, the page that draws a dashboard.
import { build } from 'esbuild';
import { cp } from 'node:fs/promises';

await build({
  entryPoints: { main: 'src/main.jsx' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  minify: true,
  logLevel: 'error',
  define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
  loader: { '.svg': 'text', '.woff': 'file', '.woff2': 'file', '.ttf': 'file' },
});
await cp('src/index.html', 'dist/index.html');
