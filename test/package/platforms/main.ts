import { execFileSync } from 'node:child_process';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { installed } from '../../kit/installed.ts';
import { browserHost, ENGINES, type Host, processHost, workerdHost } from './hosts.ts';
import { measure, type Row, type Sockets } from './measure.ts';

/*
 * `npm run platforms`: runs the built package on every platform and writes docs/platforms.md. With a
 * name as argument it runs the platforms whose names contain it, and writes nothing.
 * Nothing is written either, and the command fails, where the first example does not run on a platform.
 */

const own = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const PAGE = own('../../../docs/platforms.md');

export async function main(args: readonly string[]): Promise<number> {
  const only = args.find((argument) => !argument.startsWith('--')) ?? '';
  const rows = await measureAll(only);
  for (const { host, row } of rows) process.stdout.write(`${host.name}: ${JSON.stringify(row)}\n`);
  // Where not even that runs, the fault is in what was measured, or in how.
  const isRunning = rows.every(({ row }) => row.firstExample === true);
  if (only === '' && isRunning) await writeFile(PAGE, await pageOf(rows));
  return isRunning ? 0 : 1;
}

interface Measured {
  readonly host: Host;
  readonly row: Row;
}

/** Every platform whose name contains `only`. */
async function measureAll(only: string): Promise<readonly Measured[]> {
  const engines = await installed(ENGINES);
  await addBuilt(`${engines}/node_modules/sessionchart`);
  await cp(own('programs'), `${engines}/programs`, { recursive: true });
  // A page to start workers in: from `about:blank` there are no SharedWorkers.
  const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<title>page'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const pageUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const measured: Measured[] = [];
  for (const host of hosts(engines, pageUrl).filter(({ name }) => name.includes(only))) {
    process.stderr.write(`${host.name}…\n`);
    measured.push({ host, row: await measure(host, engines) });
  }
  server.close();
  return measured;
}

/** What runs of the package: no declarations, and not the page of the studio. */
async function addBuilt(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  await cp(own('../../../package.json'), `${folder}/package.json`);
  execFileSync(process.execPath, [own('../../../scripts/build.mjs'), '--no-declarations', `${folder}/dist`]);
}

function hosts(engines: string, pageUrl: string): readonly Host[] {
  const modules = `${engines}/node_modules`;
  const node = (major: string, program: string) =>
    processHost(
      {
        name: `Node ${major}`,
        command: [program],
        hasOwnSocket: major !== '20',
        limits: major === '20' ? 'it has no class of its own' : 'own class: see the HTTP status of a refused upgrade',
      },
      engines,
    );
  return [
    node('20', process.execPath),
    ...['22', '24', '26'].map((major) => node(major, `${modules}/node-${major}/bin/node`)),
    processHost(
      {
        name: 'Bun',
        command: [`${modules}/@oven/bun-${process.platform}-${process.arch}/bin/bun`],
        hasOwnSocket: true,
        limits: 'see the HTTP status of a refused upgrade',
      },
      engines,
    ),
    processHost(
      {
        name: 'Deno',
        command: [`${modules}/@deno/${process.platform}-${process.arch}-glibc/deno`, 'run', '--allow-all'],
        hasOwnSocket: true,
        limits: 'own class, not supported: end a socket whose server does not respond',
      },
      engines,
    ),
    workerdHost(engines, engines),
    browserHost('page', engines, pageUrl),
    browserHost('Worker', engines, pageUrl),
    browserHost('SharedWorker', engines, pageUrl),
  ];
}

async function pageOf(rows: readonly Measured[]): Promise<string> {
  const lines = await Promise.all(
    rows.map(async ({ host, row: { firstExample, demo, own, byDefault } }) => {
      const cells = [
        `${host.name} ${await host.version()}`,
        cell(firstExample),
        cell(demo),
        both(byDefault, ({ afterDisconnect, afterDispose }) => [afterDisconnect, afterDispose]),
        both(byDefault, ({ oneSocket }) => [oneSocket]),
        both(own, ({ afterDisconnect, afterDispose }) => [afterDisconnect, afterDispose]),
        both(own, ({ oneSocket }) => [oneSocket]),
        host.limits,
      ];
      return `| ${cells.join(' | ')} |`;
    }),
  );
  return `${HEAD}${lines.join('\n')}\n`;
}

function both(sockets: Sockets | null, pick: (sockets: Sockets) => readonly (true | string)[]): string {
  return sockets === null ? '–' : [...new Set(pick(sockets).map(cell))].join('; ');
}

function cell(result: true | string | null): string {
  if (result === null) return '–';
  return result === true ? 'yes' : `no: ${result.replaceAll('|', ' ').slice(0, 120)}`;
}

const HEAD = `# Platforms

Written by \`npm run platforms\`, which runs the built package on each platform.

- **first example**: the README's first example logs in, receives its message, logs out and ends. Platforms that cannot
  run it as a program take the same steps.
- **demo**: \`sessionchart demo\` runs to its end.
- **ends**: after \`disconnect()\`, and after \`dispose()\`, the socket is gone within 3 s and the process with it, also when
  the server never responds to the close (law 2).
- **one socket**: five connections die in silence, and the server never saw two sockets at a time (law 1).

The default class is that of \`ws\` on Node, Bun and Deno, and elsewhere the platform's own. The "own" columns use the
option \`WebSocket: globalThis.WebSocket\`.

| platform | first example | demo | ends (default) | one socket (default) | ends (own) | one socket (own) | what it can't do |
| --- | --- | --- | --- | --- | --- | --- | --- |
`;
