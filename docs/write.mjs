// Writes the parts of the documentation that are taken from the code: `npm run docs`.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const { module } = await runnerImport(path('blocks.ts'), { configFile: false, logLevel: 'error' });

for (const file of module.FILES) {
  const before = readFileSync(path(`../${file}`), 'utf8');
  const after = module.fillIn(before);
  if (after !== before) writeFileSync(path(`../${file}`), after);
  process.stdout.write(`${file}: ${after === before ? 'was current' : 'written anew'}\n`);
}
