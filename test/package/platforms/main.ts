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
        socket: '`ws`',
        differences:
          major === '20'
            ? 'It has no class of its own.'
            : 'With its own class, the [status of a refused upgrade](#the-status-of-a-refused-upgrade) is not known.',
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
        socket: '`ws`',
        differences: 'The [status of a refused upgrade](#the-status-of-a-refused-upgrade) is not known.',
      },
      engines,
    ),
    processHost(
      {
        name: 'Deno',
        command: [`${modules}/@deno/${process.platform}-${process.arch}-glibc/deno`, 'run', '--allow-all'],
        hasOwnSocket: true,
        socket: '`ws`',
        differences:
          'Leave the option `WebSocket` out: its own class is not supported, because it does not end a socket that the server does not close.',
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
  // Platforms that do not differ share a line.
  const names = new Map<string, string>();
  for (const { name, socket, differences } of rows.map(({ host }) => host)) {
    const cells = `${socket} | ${differences}`;
    names.set(cells, [names.get(cells) ?? [], name].flat().join(', '));
  }
  const differences = [...names].map(([cells, name]) => `| ${name} | ${cells} |`);
  const notes = new Map<string, string>();
  const cell = (result: true | string | null): string => {
    if (result === null) return '–';
    return result === true ? 'yes' : `no ${noteOn(result.replaceAll('|', ' ').slice(0, 120), notes)}`;
  };
  const both = (sockets: Sockets | null, pick: (sockets: Sockets) => readonly (true | string)[]): string =>
    sockets === null ? '–' : [...new Set(pick(sockets).map(cell))].join(', ');
  const lines: string[] = [];
  for (const { host, row } of rows) {
    const { firstExample, demo, own, byDefault } = row;
    const cells = [
      // Not "Node 20 20.20.2".
      `${host.name} ${await host.version()}`.replace(/ (\d+) (?=\1\.)/, ' '),
      cell(firstExample),
      cell(demo),
      both(byDefault, ({ afterDisconnect, afterDispose }) => [afterDisconnect, afterDispose]),
      both(byDefault, ({ oneSocket }) => [oneSocket]),
      both(own, ({ afterDisconnect, afterDispose }) => [afterDisconnect, afterDispose]),
      both(own, ({ oneSocket }) => [oneSocket]),
    ];
    lines.push(`| ${cells.join(' | ')} |`);
  }
  const explained = [...notes].map(([text, mark]) => `${mark} ${text.charAt(0).toUpperCase()}${text.slice(1)}.`);
  return [DIFFERENCES, ...differences, EXPLANATIONS, ...lines, '', explained.join('<br>\n'), ''].join('\n');
}

/** The mark of a note; the same text has the same one. */
function noteOn(text: string, notes: Map<string, string>): string {
  const mark = notes.get(text) ?? `<sup>${notes.size + 1}</sup>`;
  notes.set(text, mark);
  return mark;
}

const DIFFERENCES = `# Platforms

The package runs in pages and workers of browsers, in Node, Bun, Deno, workerd (Cloudflare Workers) and [React
Native](react-native.md). [Versions](versions.md#platforms) lists which versions are supported. This page shows where the
platforms differ, and what was measured; \`npm run platforms\` measures it and writes the page.

## What differs

| platform | default \`WebSocket\` | what to know |
| --- | --- | --- |`;

const EXPLANATIONS = `
Firefox, Safari and devices with React Native are not measured here: see [what is not tested](../README.md#not-tested).

### A socket that its server does not close

The client closes a socket, waits one second for the server's close, and then gives the socket up. The class of \`ws\` ends it at
once then. In pages, workers and workerd a program cannot do that: the platform keeps the socket open for a while, and meanwhile
the client opens the next one. No event of the old socket reaches the app. This happens only when the server is not there any
more, or when it does not respond to a close; with all others, laws 1 and 2 hold on these platforms too.

### The status of a refused upgrade

A server or a gateway may refuse to open a WebSocket with an HTTP status: 401, 404 or 503, for instance. Only the class of \`ws\`
on Node and Deno shows the status to a program, as \`error.status\`. On the other platforms each of these is a \`connectionRefused\`
with the close code 1006, and the session tries again in each case. That a token was refused shows [in other
ways](tokens.md#when-the-server-refuses-a-token).

## What was measured

- **First example**: the README's first example logs in, receives its message, logs out and ends. Platforms that do not run
  programs take the same steps.
- **Demo**: \`npx sessionchart demo\` runs to its end.
- **Ends**: the server does not respond to the close. Within 3 s after \`disconnect()\`, and after \`dispose()\`, the socket is gone,
  and the process has ended (law 2).
- **One socket**: five connections fall silent, one after the other. The server never counts two sockets at a time (law 1).

"Own" is the class of the platform itself, passed as \`WebSocket: globalThis.WebSocket\`.

| platform | first example | demo | ends | one socket | ends (own) | one socket (own) |
| --- | --- | --- | --- | --- | --- | --- |`;
