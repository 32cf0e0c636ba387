// What a server meets when everyone comes back: simulated with the shipped backoff, and live with real sockets.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';
import { number, startServer, table } from '../lib.mjs';
import { simulateStorm } from '../storm.mjs';

const ACCEPTS_PER_SECOND = 5_000;

/** Formulas of others, for comparison; `value` is uniform between 0 and 1. */
const others = {
  'AWS equal jitter, 0.5–25 s': (failures, value) => {
    const windowMs = Math.min(25_000, 500 * 2 ** (failures - 1));
    return windowMs / 2 + (value * windowMs) / 2;
  },
  "stream-chat's formula": (failures, value) => {
    const mostMs = Math.min(500 + failures * 2_000, 25_000);
    const leastMs = Math.min(Math.max(250, (failures - 1) * 2_000), 25_000);
    return leastMs + value * (mostMs - leastMs);
  },
};

const drawnBy = (formula) => (failures, random) => {
  const next = (Math.imul(random, 1_664_525) + 1_013_904_223) | 0;
  return { random: next, delayMs: Math.round(formula(failures, (next >>> 0) / 2 ** 32)) };
};

async function shippedBackoff() {
  const { module: backoff } = await runnerImport('/src/machines/backoff.ts', { configFile: false, logLevel: 'error' });
  const { module: timing } = await runnerImport('/src/timing.ts', { configFile: false, logLevel: 'error' });
  const context = { timing: timing.DEFAULT_TIMING, device: { presence: 'foreground', suspended: false } };
  return (failedAttempts, random, retryAfterMs) =>
    backoff.scheduleBackoff({ ...context, pacing: { failedAttempts, random, retryAfterMs } });
}

export async function storm({ scale, progress }) {
  const shipped = await shippedBackoff();
  const sizes = [100_000, 1_000_000].map((clients) => clients * scale);
  const storms = [
    ...[60_000, 5_000].map((outageMs) => ({ what: 'sessionchart', outageMs, clients: sizes[0], wait: shipped })),
    { what: 'sessionchart, closed with 1012', outageMs: 5_000, clients: sizes[0], wait: shipped, retryAfterMs: 1_000 },
    ...Object.entries(others).flatMap(([what, formula]) =>
      [60_000, 5_000].map((outageMs) => ({ what, outageMs, clients: sizes[0], wait: drawnBy(formula) })),
    ),
    { what: 'sessionchart', outageMs: 60_000, clients: sizes[1], wait: shipped },
  ];
  const rows = storms.map(({ what, ...options }) => {
    progress(`${number(options.clients)} clients, ${what}`);
    const acceptsPerSecond = (ACCEPTS_PER_SECOND * options.clients) / 100_000;
    return { what, ...options, result: simulateStorm({ ...options, acceptsPerSecond }) };
  });
  return {
    title: 'A storm, simulated',
    note: `Every client is dropped at once; after the outage the server accepts a twentieth of the clients a second and refuses the rest at once. ${number(ACCEPTS_PER_SECOND)} a second for 100,000 clients: the floor for all of them is 20 s.`,
    data: rows.map(({ wait: _, ...row }) => row),
    markdown: table(
      ['client', 'clients', 'outage, s', 'peak attempts/s', '50 / 95 / 99 % back, s', 'attempts', 'mean first wait, s'],
      rows.map(({ what, clients, outageMs, result: { peakPerSecond, backS, attempts, meanFirstWaitS } }) => [
        what,
        number(clients),
        number(outageMs / 1_000),
        number(peakPerSecond),
        [backS.half, backS.most, backS.nearlyAll].map((s) => number(s, 1)).join(' / '),
        number(attempts),
        number(meanFirstWaitS, 1),
      ]),
    ),
  };
}

/** 2,000 sessions in one process, and a server that is killed under them and started again. */
export async function liveStorm({ scale, progress }) {
  const sessions = 2_000 * scale;
  const first = await startServer();
  const child = fork(fileURLToPath(new URL('../live-storm.mjs', import.meta.url)), [String(sessions)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const message = (wanted) =>
    new Promise((resolve, reject) => {
      child.on('message', (sent) => wanted in sent && resolve(sent[wanted]));
      child.once('exit', (code) => code !== 0 && reject(new Error(`The clients ended with ${code}.`)));
    });
  progress(`${number(sessions)} sessions connect`);
  child.send({ port: first.ports.stream });
  await message('online');
  progress('the server is killed');
  first.close();
  await message('lost');
  const second = await startServer(first.ports.stream);
  child.send({ back: Date.now() });
  progress('the server is back');
  const { seconds, attempts, peakPerSecond } = await message('back');
  second.close();
  return {
    title: 'A storm, live',
    note: `${number(sessions)} sessions on real sockets of one process; their server is killed and started again as soon as all have noticed.`,
    data: { sessions, seconds, attempts, peakPerSecond },
    markdown: table(
      ['sessions', '50 / 95 / 100 % online again, s', 'attempts', 'peak attempts/s'],
      [[number(sessions), seconds.map((s) => number(s, 1)).join(' / '), number(attempts), number(peakPerSecond)]],
    ),
  };
}
