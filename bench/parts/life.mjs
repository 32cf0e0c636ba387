// The statechart and its actors alone: a life without a network.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { rounds, summary, table, withRange } from '../lib.mjs';

const program = fileURLToPath(new URL('../life.mjs', import.meta.url));

function run(lives, observer = '') {
  const child = fork(program, [String(lives), observer], {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    child.once('message', ({ figures }) => resolve(figures));
    child.once('exit', (code) => code !== 0 && reject(new Error(`A life ended with ${code}.`)));
  });
}

const OBSERVERS = ['', 'inspect', 'journal'];

export async function life({ scale, progress }) {
  const lives = 2_000 * scale;
  const cases = OBSERVERS.map((observer) => ({
    key: observer === '' ? 'sessionchart' : `with ${observer}`,
    run: () => run(lives, observer),
  }));
  const values = await rounds(7, cases, progress);
  const rows = [
    ['the first of a process, ms', 'firstMs', 1],
    ['warm: all of it, µs', 'lifeUs', 0],
    ['warm: create, µs', 'createUs', 0],
    ['warm: connect, µs', 'connectUs', 0],
    ['warm: log out, µs', 'logoutUs', 0],
    ['an entry of the journal, bytes of heap', 'entryBytes', 0],
  ];
  const cell = (figures, figure, digits) =>
    figures[figure] === undefined ? '' : withRange(summary(figures[figure]), digits);
  return {
    title: 'A life of a session, without a network',
    note: 'Create, connect, log out, dispose, on a socket that replies at once: the cost of the statechart, its actors and the façade; with an inspector that keeps nothing, and with a journal.',
    data: Object.fromEntries(values),
    markdown: table(
      ['what', ...values.keys()],
      rows.map(([what, figure, digits]) => [
        what,
        ...[...values.values()].map((figures) => cell(figures, figure, digits)),
      ]),
    ),
  };
}
