// Adds up the closing lines of every vitest run in a log: `Tests  2 failed | 31 passed | 1 skipped (34)`.
import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

const log = stripVTControlCharacters(readFileSync(process.argv[2], 'utf8'));
const runs = [...log.matchAll(/^ *Tests {2}(?<counts>\d.*) \(\d+\)\r?$/gm)].map((line) => line.groups.counts);
const sum = (word) =>
  runs.reduce((total, counts) => total + Number(counts.match(new RegExp(`(\\d+) ${word}\\b`))?.[1] ?? 0), 0);

const skipped = sum('skipped') + sum('todo');
if (runs.length > 0) {
  const line = `tests: ${sum('passed')} passed, ${sum('failed')} failed`;
  process.stdout.write(skipped > 0 ? `${line}, ${skipped} skipped\n` : `${line}\n`);
}
