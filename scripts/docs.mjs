// Writes the parts of the documentation that are taken from the code: `npm run docs`.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const { module } = await runnerImport(path('docs/blocks.ts'), { configFile: false, logLevel: 'error' });

const write = (file, make) => {
  const before = existsSync(path(file)) ? readFileSync(path(file), 'utf8') : '';
  const after = make(before);
  if (after !== before) writeFileSync(path(file), after);
  process.stdout.write(`${file}: ${after === before ? 'up to date' : 'written'}\n`);
};

for (const page of module.PAGES) write(page, module.fillIn);
for (const [file, make] of Object.entries(module.GENERATED)) write(file, make);
