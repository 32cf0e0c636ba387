// Connect, events, heap and import of every client, side by side with a bare `ws`.
import { clients } from '../clients.mjs';
import { measure, number, ratios, rounds, summary, table, withRange } from '../lib.mjs';

const names = Object.keys(clients);
const caseOf = (server, part, name, options) => ({
  key: name,
  run: () => measure(server, part, name, clients[name].protocol, options),
});

export async function connect({ server, scale, progress }) {
  const options = { warmUp: 100 * scale, sessions: 400 * scale };
  const values = await rounds(
    7,
    names.map((name) => caseOf(server, 'connect', name, options)),
    progress,
  );
  const base = values.get('ws');
  return {
    title: 'Connecting',
    note: `Each process connects and closes ${options.sessions} times in a row, after ${options.warmUp} to warm up. Ratios are to \`ws\` in the same round.`,
    data: Object.fromEntries(values),
    markdown: table(
      [
        'client',
        'time to connected ×',
        'CPU per connect ×',
        'CPU per connect, ms',
        'first connect of a process, ms',
        'with loading, ms',
      ],
      [...values].map(([name, { connectMs, connectCpuMs, coldMs, loadedColdMs }]) => [
        name,
        withRange(summary(ratios(connectMs, base.connectMs))),
        withRange(summary(ratios(connectCpuMs, base.connectCpuMs))),
        withRange(summary(connectCpuMs)),
        withRange(summary(coldMs), 0),
        withRange(summary(loadedColdMs), 0),
      ]),
    ),
  };
}

export async function events({ server, scale, progress }) {
  const sizes = [1, 10, 100, 1_000];
  const columns = new Map();
  for (const listeners of sizes) {
    const count = Math.round((listeners >= 1_000 ? 4_000 : 20_000) * scale);
    const cases = names.map((name) => caseOf(server, 'events', name, { events: count, listeners }));
    columns.set(listeners, await rounds(5, cases, (text) => progress(`${listeners} listeners, ${text}`)));
  }
  return {
    title: 'Chat events',
    note: 'CPU of the receiving process for each event, as a ratio to `ws` with the same number of listeners; in brackets microseconds.',
    data: Object.fromEntries([...columns].map(([listeners, values]) => [listeners, Object.fromEntries(values)])),
    markdown: table(
      ['client', ...sizes.map((size) => `${number(size)} listener${size === 1 ? '' : 's'} ×`)],
      names.map((name) => [
        name,
        ...sizes.map((size) => {
          const values = columns.get(size);
          const { eventCpuUs } = values.get(name);
          return `${withRange(summary(ratios(eventCpuUs, values.get('ws').eventCpuUs)))} [${number(summary(eventCpuUs).median, 1)}]`;
        }),
      ]),
    ),
  };
}

export async function heap({ server, scale, progress }) {
  const many = 2_000 * scale;
  const cases = [
    ...names.map((name) => caseOf(server, 'heap', name, { sessions: many })),
    ...['inspect', 'journal'].map((more) => ({
      key: `sessionchart with ${more}`,
      run: () => measure(server, 'heap', 'sessionchart', 'stream', { sessions: many, more }),
    })),
  ];
  const values = await rounds(3, cases, progress);
  const large = await rounds(
    1,
    ['ws', 'sessionchart'].map((name) => caseOf(server, 'heap', name, { sessions: 10_000 * scale })),
    (text) => progress(`${number(10_000 * scale)} sessions, ${text}`),
  );
  return {
    title: 'Heap per connected session',
    note: `Bytes of V8's heap after a collection, for ${number(many)} open sessions, and once for ${number(10_000 * scale)}.`,
    data: { [many]: Object.fromEntries(values), [10_000 * scale]: Object.fromEntries(large) },
    markdown: table(
      ['client', `${number(many)} sessions, bytes`, `${number(10_000 * scale)} sessions, bytes`],
      [...values].map(([name, { heapBytes }]) => [
        name,
        withRange(summary(heapBytes), 0),
        large.has(name) ? number(large.get(name).heapBytes[0]) : '',
      ]),
    ),
  };
}

export async function imports({ progress }) {
  const cases = [
    { key: 'an empty process', run: () => measure(null, 'nothing', '-', '-') },
    ...names.map((name) => caseOf(null, 'import', name)),
  ];
  const values = await rounds(9, cases, progress);
  const empty = summary(values.get('an empty process').importCpuMs).median;
  return {
    title: 'Importing',
    note: 'CPU that a Node process takes to load the client (and `ws`, where it needs that), over an empty process.',
    data: Object.fromEntries(values),
    markdown: table(
      ['client', 'CPU, ms'],
      names.map((name) => [name, withRange(summary(values.get(name).importCpuMs.map((ms) => ms - empty)), 0)]),
    ),
  };
}
