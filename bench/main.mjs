// npm run bench [-- PART...] [--quick]: measures, prints one table a part, and writes RESULTS.md and results.json.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform } from 'node:os';
import { parseArgs } from 'node:util';
import { startHeartbeat } from '../scripts/heartbeat.mjs';
import { goalTable } from './goals.mjs';
import { createProgress, startServer } from './lib.mjs';
import { bundle } from './parts/bundle.mjs';
import { connect, events, heap, imports } from './parts/clients.mjs';
import { life } from './parts/life.mjs';
import { renders } from './parts/renders.mjs';
import { liveStorm, storm } from './parts/storm.mjs';

const parts = { connect, events, heap, imports, life, bundle, renders, storm, liveStorm };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false } },
});
const unknown = positionals.filter((name) => !(name in parts));
if (unknown.length > 0) {
  process.stderr.write(`There is no part ${unknown.join(', ')}. Parts: ${Object.keys(parts).join(', ')}.\n`);
  process.exit(1);
}
const chosen = positionals.length > 0 ? positionals : Object.keys(parts);
/** `--quick` measures a tenth as much, to see whether everything runs; its figures mean little. */
const scale = values.quick ? 0.1 : 1;

startHeartbeat();
const progress = createProgress();
const server = await startServer();
const results = [];
try {
  for (const name of chosen) {
    const startedMs = performance.now();
    const result = await parts[name]({ server, scale, progress: (text) => progress(`${name}: ${text}`) });
    progress('');
    const seconds = Math.round((performance.now() - startedMs) / 1_000);
    process.stdout.write(`## ${result.title}\n\n${result.note}\n\n${result.markdown}\n\n(${seconds} s)\n\n`);
    results.push({ name, ...result });
  }
} finally {
  server.close();
}

if (positionals.length === 0) {
  const data = Object.fromEntries(results.map(({ name, data }) => [name, data]));
  const goals = `\n## Goals\n\nWhat stands in the way of those that are not reached: [README.md](README.md).\n\n${goalTable(data)}\n`;
  process.stdout.write(goals);
  if (!values.quick) write(data, goals);
}

function write(data, goals) {
  const about = describeRun();
  const head = `# Results\n\nWritten by \`npm run bench\`; not edited by hand. Medians with their range (lowest–highest), ratios measured side by side in one run.\n\n${about.text}\n`;
  const sections = results.map(({ title, note, markdown }) => `\n## ${title}\n\n${note}\n\n${markdown}\n`);
  writeFileSync(new URL('./RESULTS.md', import.meta.url), head + goals + sections.join(''));
  const json = { ...about.data, parts: data };
  writeFileSync(new URL('./results.json', import.meta.url), `${JSON.stringify(json, null, 1)}\n`);
}

function describeRun() {
  const lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')).packages;
  const names = ['ws', 'xstate', 'stream-chat', 'centrifuge', 'partysocket', 'socket.io-client', 'graphql-ws'];
  const versions = Object.fromEntries(names.map((name) => [name, lock[`node_modules/${name}`]?.version]));
  const data = {
    date: new Date().toISOString().slice(0, 10),
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
    node: process.version,
    machine: `${platform()} ${arch()}, ${cpus().length} × ${cpus()[0]?.model.trim()}`,
    versions,
  };
  const list = Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
  return { data, text: `${data.date}, commit ${data.commit}, Node ${data.node}, ${data.machine}. ${list}.` };
}
