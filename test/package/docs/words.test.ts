import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { read, root } from './pages.ts';

/*
 * The words that CONTRIBUTING.md says to leave are left: in sources, tests, documentation, and what the page shows.
 */

interface Word {
  readonly pattern: RegExp;
  readonly use: string;
}

const WORDS: readonly Word[] = [
  { pattern: /\banswers\b/gi, use: 'returns, resolves with; responses, replies' },
  { pattern: /\b(?:some|no)body\b/gi, use: 'a user, no user' },
  { pattern: /\bwho(?:ever|m)\b/gi, use: 'the user who' },
  { pattern: /\bbeside\b/gi, use: 'next to, alongside' },
  { pattern: /\b(?:told|tells)\b/gi, use: 'notified, reports, emits' },
  { pattern: /\bobeys?\b/gi, use: 'handles' },
  { pattern: /\bhears?\b/gi, use: 'receives' },
  { pattern: /\ball the same\b/gi, use: 'it does not matter; anyway' },
  { pattern: /\bno wonder\b/gi, use: 'what happens and why' },
];

/** Where one of them is right, with the reason. */
const ALLOWED: readonly { readonly path: RegExp; readonly line: RegExp; readonly why: string }[] = [
  { path: /^test\/package\/docs\/words\.test\.ts$/, line: /pattern: |line: /, why: 'it names them' },
  { path: /^CONTRIBUTING\.md$/, line: /^\| |→|^ {2}/, why: 'it lists them' },
  { path: /./, line: /Nobody is lost|'nobody'/, why: 'the title of law 7, and a value in code' },
];

const TEXT = /^(?:src|test|visualizer|docs|examples|bench|scripts)\/.*\.(?:tsx?|mjs|md|html)$|^[A-Z]+\.md$/;

it('the words to leave are left', () => {
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  const paths = files.split('\n').filter((path) => TEXT.test(path));
  expect(paths.length).toBeGreaterThan(100);
  expect(paths.flatMap(findingsIn)).toEqual([]);
});

function findingsIn(path: string): readonly string[] {
  return read(path)
    .split('\n')
    .flatMap((line, index) => {
      if (ALLOWED.some((each) => each.path.test(path) && each.line.test(line))) return [];
      return WORDS.flatMap(({ pattern, use }) =>
        [...line.matchAll(pattern)].map(([word]) => `${path}:${index + 1}: "${word}" (use: ${use})`),
      );
    });
}
