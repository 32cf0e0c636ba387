import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type Print, recorded } from '../../kit/record.ts';
import { UsageError, withUsage } from '../endurance/arguments.ts';
import { watchProcess } from '../endurance/process-faults.ts';
import { type Outcome, runCell } from './cell.ts';
import { FAULTS, type SiteFault } from './faults.ts';
import { comparePeers } from './peers/table.ts';
import { type EnteredState, STATES } from './states.ts';

/*
 * npm run faults -- [--pairs N] [--seed S] [--only TEXT] [--table FILE] [--record]
 * npm run faults -- --peers [--record]
 *
 * Every fault in every state of the session, each in a world of its own on real sockets, and N pairs of faults (200).
 * The laws are checked in each; --table writes down what became of each. The last line counts.
 * --peers runs twelve faults on this client and two others instead. --record writes what was found into docs/proof.md.
 */

export interface MatrixOptions {
  readonly pairs: number;
  readonly seed: number;
  /** Only cells whose state and faults hold this text. */
  readonly only?: string | undefined;
  /** Only each n-th cell. */
  readonly every?: number;
  readonly table?: string | undefined;
}

export const main = (args: readonly string[]): Promise<number> =>
  withUsage(() => {
    const { peers, ...options } = optionsOf(args);
    let table: string | undefined;
    const run = async (_: readonly string[], print: Print) => {
      if (!peers) return matrix(options, print);
      table = await comparePeers(print);
      print(table);
      return 0;
    };
    return recorded(
      peers ? 'faults -- --peers' : 'faults',
      args.filter((each) => each !== '--peers'),
      run,
      () => table,
    );
  });

const USAGE = '[--pairs N] [--seed S] [--only TEXT] [--table FILE] [--record], or --peers [--record]';

function optionsOf(args: readonly string[]): MatrixOptions & { readonly peers: boolean } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        pairs: { type: 'string', default: '200' },
        seed: { type: 'string', default: '1' },
        only: { type: 'string' },
        table: { type: 'string' },
        record: { type: 'boolean' },
        peers: { type: 'boolean', default: false },
      },
    });
    const { only, table, peers } = values;
    const [pairs, seed] = [Number(values.pairs), Number(values.seed)];
    if (!Number.isSafeInteger(pairs) || pairs < 0) throw new Error('--pairs must be a whole number.');
    if (!Number.isSafeInteger(seed) || seed <= 0) throw new Error('--seed must be a whole number above 0.');
    return { pairs, seed, only, table, peers };
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\nusage: ${USAGE}`);
  }
}

interface Cell {
  readonly state: EnteredState;
  readonly faults: readonly SiteFault[];
}

const AT_A_TIME = 24;

/** Prints a summary as the last line and returns the exit code. */
export async function matrix(
  { pairs, seed, only = '', every = 1, table }: MatrixOptions,
  print: Print,
): Promise<number> {
  const cells = [...singles(), ...drawPairs(pairs, seed)]
    .filter(({ state, faults }) => `${state.name} ${faults.map(({ name }) => name).join(' + ')}`.includes(only))
    .filter((_, index) => index % every === 0);
  const processFaults = watchProcess();
  const outcomes: Outcome[] = [];
  const started = performance.now();
  let printedAt = started;
  const left = cells.values();
  await Promise.all(
    Array.from({ length: AT_A_TIME }, async () => {
      for (const { state, faults } of left) {
        const outcome = await runCell(state, faults);
        outcomes.push(outcome);
        for (const violation of outcome.violations) print(`${outcome.state}, ${outcome.faults}: ${violation}`);
        if (performance.now() - printedAt < 1_000) continue;
        printedAt = performance.now();
        print(`${outcomes.length} of ${cells.length} after ${((printedAt - started) / 1000).toFixed(0)} s`);
      }
    }),
  );
  processFaults.stop();
  for (const fault of processFaults.found) print(`law 11: ${fault}`);
  if (table !== undefined) await writeFile(table, toMarkdown(outcomes));
  const violations = outcomes.reduce((sum, each) => sum + each.violations.length, processFaults.found.length);
  const online = outcomes.filter(({ end }) => end === 'online').length;
  print(
    `cells: ${outcomes.length} (${STATES.length} states, ${FAULTS.length} faults, ${pairs} pairs, seed ${seed}), ` +
      `online again: ${online}, logged out: ${outcomes.length - online}, violations: ${violations}`,
  );
  return violations === 0 && outcomes.length > 0 ? 0 : 1;
}

function singles(): Cell[] {
  return STATES.flatMap((state) => FAULTS.map((fault) => ({ state, faults: [fault] })));
}

function drawPairs(count: number, seed: number): Cell[] {
  let value = seed;
  const draw = <Item>(items: readonly Item[]): Item => {
    value = (value * 48_271) % 2_147_483_647;
    return items[value % items.length] as Item;
  };
  return Array.from({ length: count }, () => ({ state: draw(STATES), faults: [draw(FAULTS), draw(FAULTS)] }));
}

function toMarkdown(outcomes: readonly Outcome[]): string {
  const escaped = (text: string) => text.replaceAll('|', '\\|');
  const rows = [...outcomes]
    .sort((a, b) => `${a.state} ${a.faults}`.localeCompare(`${b.state} ${b.faults}`))
    .map(({ state, faults, during, end, calls, sockets, writes }) =>
      [state, faults, during, end, calls, String(sockets), writes].map(escaped).join(' | '),
    );
  const head = 'state | faults | while in force | afterwards | calls | sockets | storage';
  return `| ${head} |\n|${' --- |'.repeat(7)}\n${rows.map((row) => `| ${row} |`).join('\n')}\n`;
}
