// The statechart and its actors alone: a life without a network.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { rounds, summary, table, withRange } from '../lib.mjs';

const program = fileURLToPath(new URL('../life.mjs', import.meta.url));

function run(lives) {
  const child = fork(program, [String(lives)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  return new Promise((resolve, reject) => {
    child.once('message', ({ figures }) => resolve(figures));
    child.once('exit', (code) => code !== 0 && reject(new Error(`A life ended with ${code}.`)));
  });
}

export async function life({ scale, progress }) {
  const lives = 4_000 * scale;
  const values = await rounds(7, [{ key: 'sessionchart', run: () => run(lives) }], progress);
  const figures = values.get('sessionchart');
  const rows = [
    ['the first of a process, ms', 'firstMs', 1],
    ['warm: all of it, µs', 'lifeUs', 0],
    ['warm: create, µs', 'createUs', 0],
    ['warm: connect, µs', 'connectUs', 0],
    ['warm: log out, µs', 'logoutUs', 0],
  ];
  return {
    title: 'A life of a session, without a network',
    note: 'Create, connect, log out, dispose, on a socket that replies at once: the cost of the statechart, its actors and the façade.',
    data: figures,
    markdown: table(
      ['what', 'median (range)'],
      rows.map(([what, figure, digits]) => [what, withRange(summary(figures[figure]), digits)]),
    ),
  };
}
