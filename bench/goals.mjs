// What is aimed at, and the figure of a run for each of it.
import { number, ratios, summary, table } from './lib.mjs';

const median = (values) => summary(values).median;
const over = (values, base) => median(ratios(values, base));

/** Each: what, the figure in the data of the parts, the goal (at most), digits. `undefined` where its part has not run. */
const GOALS = [
  ['time to connected, × `ws`', ({ connect: c }) => over(c.sessionchart.connectMs, c.ws.connectMs), 1.8, 2],
  ['CPU per connect, × `ws`', ({ connect: c }) => over(c.sessionchart.connectCpuMs, c.ws.connectCpuMs), 2.5, 2],
  ['first connect of a process, ms', ({ connect: c }) => median(c.sessionchart.coldMs), 30, 0],
  ['a whole life, warm, µs', ({ life: l }) => median(l.sessionchart.lifeUs), 400, 0],
  ['the first life of a process, ms', ({ life: l }) => median(l.sessionchart.firstMs), 10, 1],
  ['heap per session, 2,000 sessions, bytes', ({ heap: h }) => heapOf(h, 0), 20_000, 0],
  ['heap per session, 10,000 sessions, bytes', ({ heap: h }) => heapOf(h, 1), 20_000, 0],
  ['an entry of the journal, bytes', ({ life: l }) => median(l['with journal'].entryBytes), 400, 0],
  ...[1, 10, 100].map((listeners) => [
    `CPU per event with ${listeners} listener${listeners === 1 ? '' : 's'}, × \`ws\``,
    ({ events: e }) => eventOf(e, listeners),
    1,
    2,
  ]),
  ['CPU per event with 1,000 listeners, × `ws`', ({ events: e }) => eventOf(e, 1_000), 1.5, 2],
  [
    'bundle of an app with `createChatClient`, gzip bytes',
    ({ bundle: b }) => b['sessionchart: createChatClient'].gzipBytes,
    36_500,
    0,
  ],
  ['— own share', ({ bundle: b }) => b['sessionchart: createChatClient'].own, 22_500, 0],
  [
    'import in Node, CPU ms over an empty process',
    ({ imports: i }) => median(i.sessionchart.importCpuMs) - median(i['an empty process'].importCpuMs),
    125,
    0,
  ],
  ['storm after 60 s: peak attempts/s', ({ storm: s }) => stormOf(s, 60_000).peakPerSecond, 6_500, 0],
  ['storm after 60 s: 95 % back, s', ({ storm: s }) => stormOf(s, 60_000).backS.most, 23, 1],
  ['storm after 60 s: attempts', ({ storm: s }) => stormOf(s, 60_000).attempts, 650_000, 0],
  ['storm after 5 s: peak attempts/s', ({ storm: s }) => stormOf(s, 5_000).peakPerSecond, 15_000, 0],
  ['storm after 5 s: 95 % back, s', ({ storm: s }) => stormOf(s, 5_000).backS.most, 25, 1],
  ['storm after 5 s: mean first wait, s', ({ storm: s }) => stormOf(s, 5_000).meanFirstWaitS, 3, 1],
  [
    'renders of `useSessionSelector(s => s.can)` for one reconnect beyond those in which `can` changes',
    ({ renders: r }) => r['useSessionSelector(can)'].reconnect - r['useSessionSelector(can)'].changes,
    0,
    0,
  ],
];

const heapOf = (heap, index) => median(Object.values(heap)[index].sessionchart.heapBytes);
const eventOf = (events, listeners) => over(events[listeners].sessionchart.eventCpuUs, events[listeners].ws.eventCpuUs);
const stormOf = (storms, outageMs) =>
  storms.find((storm) => storm.what === 'sessionchart' && storm.outageMs === outageMs).result;

/** A table of all goals with what `data` (by part) has of them. */
export function goalTable(data) {
  const rows = GOALS.map(([what, figureIn, goal, digits]) => {
    const figure = figureIn(data);
    const isReached = Number(figure.toFixed(digits)) <= goal;
    return [what, number(figure, digits), `≤ ${number(goal, digits)}`, isReached ? 'yes' : 'no'];
  });
  return table(['figure', 'this run', 'goal', 'reached'], rows);
}
