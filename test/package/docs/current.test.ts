import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fillIn, GENERATED, PAGES } from '../../../docs/blocks.ts';
import { ARROWS } from '../../../docs/picture.ts';
import { allStates, allTransitions, root as chart } from '../../../docs/statechart.ts';
import { codeOf, readSources } from '../architecture/sources.ts';
import { anchorsOf, blocksOf, read, root } from './pages.ts';

/*
 * What the documentation says is what the code says.
 */

const manifest = JSON.parse(read('package.json')) as {
  readonly scripts: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
};

describe.each(PAGES)('%s', (page) => {
  const text = read(page);

  it('is up to date; otherwise run `npm run docs`', () => {
    expect(text).toBe(fillIn(text));
  });

  it('links only to files and headings that exist', () => {
    const links = [...text.matchAll(/\]\((?<target>[^)\s]+)\)/g)].map(({ groups }) => groups?.target ?? '');
    const missing = links.filter((link) => !link.includes('://') && !leadsSomewhere(page, link));
    expect(missing).toEqual([]);
  });

  it('encodes what its code puts into the query of an address: an id may hold `+` or `&`', () => {
    const bare = blocksOf(text).flatMap(({ code }) => code.match(/\w=\$\{(?!encodeURIComponent\()[^}]*\}/g) ?? []);
    expect(bare).toEqual([]);
  });

  it('names only scripts that exist', () => {
    const named = [...text.matchAll(/npm run (?<script>[\w:]+)/g)].map(({ groups }) => groups?.script ?? '');
    expect(named.filter((script) => !(script in manifest.scripts))).toEqual([]);
  });
});

function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const file = path === '' ? page : normalize(join(dirname(page), path));
  if (!existsSync(join(root, file))) return false;
  return anchor === undefined || anchorsOf(read(file)).includes(anchor);
}

it.each(Object.entries(GENERATED))('%s is up to date; otherwise run `npm run docs`', (file, make) => {
  expect(read(file)).toBe(make());
});

it('README.md has at most 12 kB', () => {
  expect(Buffer.byteLength(read('README.md'))).toBeLessThanOrEqual(12_000);
});

describe('the picture of the states', () => {
  it('has all six, and only arrows that the statechart has', () => {
    const drawn = new Set(ARROWS.flatMap(({ from, to }) => [from, to]));
    expect([...drawn].sort()).toEqual(Object.keys(chart.states).sort());
    const ways = ARROWS.flatMap(({ from, to, back }) => [`${from} → ${to}`, ...(back ? [`${to} → ${from}`] : [])]);
    expect(ways.filter((way) => !waysOfTheChart().has(way))).toEqual([]);
  });

  /** From one top-level state to another; a choice leads where its branches lead. */
  function waysOfTheChart(): ReadonlySet<string> {
    const ways = new Set<string>();
    for (const { source, target = [] } of allTransitions()) {
      for (const each of target.flatMap(placesOf)) ways.add(`${source.path[0]} → ${each}`);
    }
    return ways;
  }

  function placesOf(state: (typeof chart.states)[string]): readonly string[] {
    const branches = state.always ?? [];
    if (branches.length === 0) return [state.path[0] ?? ''];
    return branches.flatMap(({ target = [] }) => [...target].flatMap(placesOf));
  }
});

describe('docs/statechart.md', () => {
  const text = read('docs/statechart.md');

  it('has a heading for each state', () => {
    const names = allStates(chart).map(({ path }) => path.join('.'));
    expect(names.filter((name) => !new RegExp(`^#+ ${name.replace('.', '\\.')}$`, 'm').test(text))).toEqual([]);
  });

  it('says why for each transition, and when for each guard', () => {
    const cells = [...text.matchAll(/^\|(?<row>.*)\|$/gm)].map(({ groups }) => (groups?.row ?? '').split(' | '));
    expect(cells.filter((row) => row.length > 1 && row.at(-1)?.trim() === '')).toEqual([]);
  });
});

describe('the tables taken from the code', () => {
  const calls = read('docs/calls.md');

  it('say what every error code means', () => {
    const codes = keysOf(
      read('src/remedies.ts'),
      /^export const REMEDIES = \{\n(?<body>[\s\S]*?)^\}/m,
      /^ {2}(?<name>\w+):/gm,
    );
    expect(codes.length).toBeGreaterThan(30);
    expect(firstCells(calls, 'errors')).toEqual(codes);
  });

  it('have every option', () => {
    const options = keysOf(
      codeOf(read('src/client/options.ts')),
      /^export interface ChatClientOptions \{\n(?<body>[\s\S]*?)^\}/m,
      /^ {2}readonly (?<name>\w+)\??:/gm,
    );
    expect(options).toContain('apiKey');
    expect(firstCells(calls, 'options')).toEqual(options);
  });

  it('have every status', () => {
    const source = codeOf(read('src/client/client-snapshot.ts'));
    const statuses = keysOf(source, /^export type Status =\n(?<body>[^;]*);/m, /'(?<name>\w+)'/g);
    expect(statuses).toContain('signInAgain');
    expect(firstCells(calls, 'statuses')).toEqual(statuses);
  });
});

it('README.md gives a reason for every package that is imported, and for no other', () => {
  const section = read('README.md').split('## Why each dependency')[1]?.split('\n\n')[1] ?? '';
  const explained = [...section.matchAll(/^\| `(?<name>[^`]+)`/gm)].map(({ groups }) => groups?.name ?? '');
  const imported = readSources()
    .flatMap(({ imports }) => imports)
    .filter(({ target, typeOnly }) => !typeOnly && !/^(?:(?:src|examples)\/|node:)/.test(target))
    .map(({ target }) => target.match(/^(@[^/]+\/)?[^/]+/)?.[0] ?? target)
    .filter((name) => !(name in manifest.peerDependencies));
  expect(explained.sort()).toEqual([...new Set(imported)].sort());
});

function keysOf(source: string, around: RegExp, each: RegExp): readonly string[] {
  const body = source.match(around)?.groups?.body ?? '';
  return [...body.matchAll(each)].map(({ groups }) => groups?.name ?? '');
}

/** The first column of the table in a block, without its head. */
function firstCells(text: string, block: string): readonly string[] {
  const table = text.split(`<!-- begin: ${block} -->`)[1]?.split(`<!-- end: ${block} -->`)[0] ?? '';
  return [...table.matchAll(/^\| `(?<name>\w+)` \|/gm)].map(({ groups }) => groups?.name ?? '');
}
