import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { FILES, fillIn } from '../../../docs/blocks.ts';
import { codeOf, readSources } from '../architecture/sources.ts';

/*
 * What the documentation says is what the code says.
 */

const root = fileURLToPath(new URL('../../../', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const manifest = JSON.parse(read('package.json')) as {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
};

describe.each(FILES)('%s', (file) => {
  const text = read(file);

  it('is current; otherwise run `npm run docs`', () => {
    expect(text).toBe(fillIn(text));
  });

  it('links only to files that exist', () => {
    const links = [...text.matchAll(/\]\((?<target>[^)#\s]+)/g)].map(({ groups }) => groups?.target ?? '');
    const missing = links.filter((link) => !link.includes('://') && !existsSync(join(root, dirname(file), link)));
    expect(missing).toEqual([]);
  });

  it('names only scripts that exist', () => {
    const named = [...text.matchAll(/npm run (?<script>[\w:]+)/g)].map(({ groups }) => groups?.script ?? '');
    expect(named.filter((script) => !(script in manifest.scripts))).toEqual([]);
  });
});

describe('the tables taken from the code', () => {
  const readme = read('README.md');

  it('say what every error code means', () => {
    const codes = keysOf(read('src/errors.ts'), /^const ERRORS = \{\n(?<body>[\s\S]*?)^\}/m, /^ {2}(?<name>\w+): \{/gm);
    expect(codes.length).toBeGreaterThan(30);
    expect(firstCells(readme, 'errors')).toEqual(codes);
  });

  it('have every option', () => {
    const options = keysOf(
      read('src/client/options.ts'),
      /^const optionsSchema = z\.strictObject\(\{\n(?<body>[\s\S]*?)^\}/m,
      /^ {2}(?<name>\w+): /gm,
    );
    expect(options).toContain('apiKey');
    expect(firstCells(readme, 'options')).toEqual(options);
  });

  it('have every status', () => {
    const source = codeOf(read('src/client/client-snapshot.ts'));
    const statuses = keysOf(source, /^export type Status =\n(?<body>[^;]*);/m, /'(?<name>\w+)'/g);
    expect(statuses).toContain('signInAgain');
    expect(firstCells(readme, 'statuses')).toEqual(statuses);
  });
});

it('README.md gives a reason for every package that is imported, and for no other', () => {
  const section = read('README.md').split('## Why each dependency')[1]?.split('\n\n')[1] ?? '';
  const explained = [...section.matchAll(/^\| `(?<name>[^`]+)`/gm)].map(({ groups }) => groups?.name ?? '');
  const imported = readSources()
    .flatMap(({ imports }) => imports)
    .map(({ target }) => target.match(/^(@[^/]+\/)?[^/]+/)?.[0] ?? target)
    .filter((name) => name in manifest.dependencies);
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
