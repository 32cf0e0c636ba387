import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileRepository } from '../../../src/repository/file.ts';
import { bundleInto } from '../../kit/bundle.ts';
import { type Print, recorded } from '../../kit/record.ts';
import { numbersOf, withUsage } from '../../property/endurance/arguments.ts';

/*
 * npm run crashes -- [--runs N] [--record]
 *
 * N times (500) a client's life on a file (restore, login, token refresh, switch, logout) is killed by SIGKILL at one
 * file call: before it, after it, half-way through a write; every call in turn, again and again on the same file. In
 * every fourth run a second process lives its whole life on that file at the same time. Afterwards the record must be
 * the old one or the new one (law 7), and nothing of a user may be left once their logout has succeeded (law 6).
 */

export const main = (args: readonly string[]): Promise<number> =>
  withUsage(() =>
    recorded('crashes', args, async (own, print) => {
      const { problems, summary } = await crash(numbersOf(own, { runs: 500 }).runs, print);
      for (const problem of problems) print(problem);
      print(summary);
      return problems.length === 0 ? 0 : 1;
    }),
  );

const MOMENTS = ['before', 'half', 'after'] as const;
const STRIDE = 11;
const apiKey = 'key';

export async function crash(
  runs: number,
  print: Print = () => undefined,
): Promise<{ readonly problems: readonly string[]; readonly kills: number; readonly summary: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'sessionchart-crashes-'));
  const child = await bundleInto(folder, new URL('crash-child.ts', import.meta.url));
  const file = join(folder, 'records', 'user.json');
  const problems: string[] = [];
  const places = new Map<string, number>();
  let kills = 0;
  let left = 0;
  let most = 0;
  let printedAtMs = Date.now();
  try {
    const calls = Number((await live(child, file)).at(-1)?.replace('done ', ''));
    for (let run = 0; run < runs; run += 1) {
      if (Date.now() - printedAtMs >= 1_000) {
        printedAtMs = Date.now();
        print(`${run} of ${runs} runs, ${kills} kills`);
      }
      // In strides, so that a few runs meet every part of a life.
      const killAt = 1 + ((STRIDE * Math.floor(run / MOMENTS.length)) % calls);
      const when = MOMENTS[run % MOMENTS.length] ?? 'before';
      const before = (await read(file)).user;
      const isAccompanied = run % 4 === 3;
      const [lines, companion] = await Promise.all([
        live(child, file, killAt, when),
        isAccompanied ? live(child, file) : null,
      ]);
      const place = lines.find((line) => line.startsWith('killed'));
      if (place !== undefined) kills += 1;
      places.set(place ?? 'not killed', (places.get(place ?? 'not killed') ?? 0) + 1);
      const report = (problem: string) => problems.push(`run ${run} (${place}): ${problem}; ${lines.join(', ')}`);

      const { user, problems: found } = await read(file);
      if (found.length > 0) report(found.join());
      if (companion === null) {
        const allowed = outcomes(before, lines);
        if (!allowed.includes(user)) report(`stored is ${user}, and not one of ${allowed.join()}`);
        const ghosts = await ghostsIn(file, lines);
        if (ghosts.length > 0) report(`left after a logout that succeeded: ${ghosts.join()}`);
      } else if (!companion.at(-1)?.startsWith('done')) {
        report(`the other process did not come to its end: ${companion.join(', ')}`);
      }
      for (const line of [...lines, ...(companion ?? [])]) if (line.startsWith('failed')) report(line);
      left = (await readdir(join(file, '..'))).filter((name) => name.endsWith('.tmp')).length;
      most = Math.max(most, left);
    }
    await fileRepository(file, { apiKey }).clearCurrentUser();
    if ((await textsIn(file)).length > 0) problems.push('the last logout left something');
  } finally {
    await rm(folder, { recursive: true });
  }
  const summary = `${runs} runs, ${kills} kills at ${places.size} places, at most ${most} temporary files at a time, ${problems.length} problems`;
  return { problems, kills, summary };
}

/** The lines that a life has printed. */
async function live(child: string, file: string, killAt = 0, when = 'before'): Promise<readonly string[]> {
  const process_ = spawn(process.execPath, [child, file, String(killAt), when], { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  let errors = '';
  process_.stdout.on('data', (part) => {
    text += part;
  });
  process_.stderr.on('data', (part) => {
    errors += part;
  });
  await once(process_, 'close');
  return [...text.trim().split('\n'), ...(errors === '' ? [] : [`failed: ${errors}`])];
}

async function read(file: string): Promise<{ readonly user: string | null; readonly problems: readonly string[] }> {
  const problems: string[] = [];
  const user = await fileRepository(file, { apiKey }).getCurrentUser(({ message }) => problems.push(message));
  return { user: user?.id ?? null, problems };
}

async function textsIn(file: string): Promise<readonly string[]> {
  const folder = join(file, '..');
  return Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')));
}

/** The users whose data is left although they logged out and have not begun to log in since. */
async function ghostsIn(file: string, lines: readonly string[]): Promise<readonly string[]> {
  if (!lines.includes('cleared')) return [];
  const since = lines.slice(lines.lastIndexOf('cleared'));
  const texts = (await textsIn(file)).join();
  return ['alice', 'bob'].filter((id) => texts.includes(id) && !since.includes(`saving ${id}`));
}

/** Who may be stored after a life that printed these lines: by what had succeeded, and by what was under way. */
function outcomes(before: string | null, lines: readonly string[]): readonly (string | null)[] {
  let allowed: readonly (string | null)[] = [before];
  for (const line of lines) {
    const [word, id = null] = line.split(' ');
    if (word === 'saving') allowed = [...allowed, id];
    if (word === 'saved') allowed = [id];
    if (word === 'clearing') allowed = [...allowed, null];
    if (word === 'cleared') allowed = [null];
  }
  return allowed;
}
