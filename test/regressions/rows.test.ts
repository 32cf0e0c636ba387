import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** Every row of sections A to E of the list of what went wrong in other libraries. */
const ROWS = [
  ...[
    'A1',
    'A2',
    'A3',
    'A5',
    'A6',
    'A7',
    'A8',
    'A10',
    'A12',
    'A13',
    'A14',
    'A15',
    'A16',
    'A20',
    'A21',
    'A22',
    'A23',
    'A24',
    'A25',
  ],
  ...[
    'B1',
    'B2',
    'B3',
    'B4',
    'B5',
    'B6',
    'B8',
    'B9',
    'B10',
    'B11',
    'B12',
    'B14',
    'B15',
    'B16',
    'B17',
    'B18',
    'B22',
    'B23',
  ],
  ...['C1', 'C2', 'C3', 'C4', 'C5', 'C6', 'C8', 'C10', 'C11', 'C12', 'C14', 'C15', 'C16', 'C17', 'C19', 'C20'],
  ...['D1', 'D2', 'D3', 'D4', 'D5', 'D7', 'D9', 'D10', 'D12', 'D16', 'D17'],
  ...['E2', 'E3', 'E5', 'E7', 'E8', 'E9', 'E11', 'E12', 'E13', 'E14', 'E15', 'E17', 'E18', 'E19'],
];

/** Rows about things that this library does not have. */
const NOT_HERE: Readonly<Record<string, string>> = {
  D17: 'There are no recovery queries: after a reconnect the app asks for what it missed, by request().',
  E8: 'Refresh tokens are neither known nor stored: a token source is asked anew after a restart.',
  E14: 'Tokens are not stored, so tabs share none: each asks its own source.',
  E17: 'There are no locks between tabs; a repository that hangs is bounded (E5).',
};

/** The rows that stand at the beginning of the name of a test. */
function rowsTested(): Set<string> {
  const folder = new URL('.', import.meta.url);
  const sources = readdirSync(folder).filter((name) => /^[a-e]-.*\.test\.ts$/.test(name));
  const names = sources.flatMap((name) => [
    ...readFileSync(new URL(name, folder), 'utf8').matchAll(
      /^\s*(?:it\(|\]\)\(|it\.each.*\)\()?\s*['"`]((?:[A-E]\d+(?:, )?)+):/gm,
    ),
  ]);
  return new Set(names.flatMap(([, rows = '']) => rows.split(', ')));
}

describe('scenarios', () => {
  it('every row is a test, or there is a reason why not', () => {
    const tested = rowsTested();
    expect(ROWS.filter((row) => !tested.has(row) && NOT_HERE[row] === undefined)).toEqual([]);
    expect(Object.keys(NOT_HERE).filter((row) => tested.has(row) || !ROWS.includes(row))).toEqual([]);
    expect([...tested].filter((row) => !ROWS.includes(row))).toEqual([]);
  });
});
