// node docs/upstream/xstate-assign.mjs: what one assign costs with xstate as it is and with the patch, by fields in the context.
// Every figure comes from a process of its own; the two variants take turns.
import { fork } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const BEFORE = 'Object.assign({}, snapshot.context, partialUpdate)';
const AFTER = '{ ...snapshot.context, ...partialUpdate }';
const FIELDS = [8, 16, 19, 20, 26];
const ROUNDS = 5;
const EVENTS = 20_000;

async function measure(file, fields) {
  const { assign, createActor, createMachine } = await import(file);
  // As an app writes it: a literal. The objects that Object.fromEntries makes have another history in V8.
  const members = Array.from({ length: fields }, (_, index) => `field${index}: ${index}`);
  const context = new Function(`return { ${members} };`)();
  const count = assign({ field0: ({ context: { field0, field1 } }) => field0 + field1 });
  const actor = createActor(createMachine({ context, on: { count: { actions: count } } })).start();
  const send = () => {
    for (let sent = 0; sent < EVENTS; sent += 1) actor.send({ type: 'count' });
  };
  send();
  const before = process.cpuUsage();
  send();
  const { user, system } = process.cpuUsage(before);
  process.send((user + system) / EVENTS, () => process.exit());
}

/** A copy of the installed xstate with the patch applied. Returns its entry. */
async function patchedCopy(entry, folder) {
  await cp(dirname(dirname(entry)), join(folder, 'xstate'), { recursive: true });
  await symlink(dirname(dirname(dirname(entry))), join(folder, 'node_modules'));
  const dist = join(folder, 'xstate/dist');
  let patched = 0;
  for (const name of (await readdir(dist)).filter((file) => /^assign-.*\.js$/.test(file))) {
    const text = await readFile(join(dist, name), 'utf8');
    if (text.includes(BEFORE)) patched += 1;
    await writeFile(join(dist, name), text.replace(BEFORE, AFTER));
  }
  if (patched === 0) throw new Error('The line is not there: xstate has changed.');
  return join(dist, 'xstate.cjs.js');
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

async function main() {
  const installed = join(dirname(fileURLToPath(import.meta.resolve('xstate'))), 'xstate.cjs.js');
  const folder = await mkdtemp(join(tmpdir(), 'assign-'));
  try {
    const variants = [installed, await patchedCopy(installed, folder)].map((file) => pathToFileURL(file).href);
    for (const fields of FIELDS) {
      const values = variants.map(() => []);
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const [index, file] of variants.entries()) {
          const child = fork(fileURLToPath(import.meta.url), [file, String(fields)]);
          values[index].push(await new Promise((resolve) => child.once('message', resolve)));
        }
      }
      const [before, after] = values;
      const range = (all) =>
        `${median(all).toFixed(1)} (${Math.min(...all).toFixed(1)}–${Math.max(...all).toFixed(1)})`;
      process.stdout.write(`${fields} fields: ${range(before)} µs an event, with the patch ${range(after)}\n`);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

if (process.argv.length > 2) await measure(process.argv[2], Number(process.argv[3]));
else await main();
