import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { defineConfig } from 'vite';

const OUT = 'static/dist';

// Every src/*.js is an island a template can ask for; shared modules live in folders below src/.
const islands = readdirSync('src').filter((name) => name.endsWith('.js')).map((name) => `src/${name}`);

// The server sends the .gz beside a file when the browser accepts it: no compression per request.
const precompress = {
  name: 'precompress',
  closeBundle() {
    for (const name of readdirSync(join(OUT, 'assets'))) {
      if (!/\.(js|css|svg)$/.test(name)) continue;
      const path = join(OUT, 'assets', name);
      writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
    }
  },
};

export default defineConfig({
  base: '/static/dist/',
  publicDir: false,
  plugins: [precompress],
  build: {
    outDir: OUT,
    emptyOutDir: true,
    manifest: 'manifest.json',
    assetsInlineLimit: 0, // the content security policy allows no data: scripts or styles
    modulePreload: { polyfill: false },
    rolldownOptions: { input: islands, checks: { eval: false } }, // htmx has one, switched off by allowEval
  },
});
