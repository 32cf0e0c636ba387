import { describe, expect, it } from 'vitest';
import { readSource, readSources, sourceExists } from '../architecture/sources.ts';
import { read } from './pages.ts';

/*
 * docs/architecture.md: every folder of the sources is named, and the three walks lead through files that exist, without
 * a return. Each file is imported by one before it, imports one before it (facts go up), or meets it at an interface.
 */

const LONGEST_WALK = 14;

const text = read('docs/architecture.md');
const walks = text
  .split(/^## /m)
  .map((section) => ({
    title: section.split('\n')[0] ?? '',
    files: [...section.matchAll(/^\d+\. `(?<file>src\/[^`]+)`/gm)].map(({ groups }) => groups?.file ?? ''),
  }))
  .filter(({ files }) => files.length > 0);

it('names every folder of the sources', () => {
  const folders = new Set(readSources().map(({ path }) => path.split('/').slice(0, 2).join('/')));
  const missing = [...folders].filter((folder) => !folder.includes('.') && !text.includes(`\`${folder}\``));
  expect(missing).toEqual([]);
});

it('has three walks', () => {
  expect(walks).toHaveLength(3);
});

describe.each(walks)('$title', ({ files }) => {
  it(`is at most ${LONGEST_WALK} files long, and returns to none`, () => {
    expect(files.length).toBeLessThanOrEqual(LONGEST_WALK);
    expect(new Set(files).size).toBe(files.length);
  });

  it('leads through files that exist and are connected by imports', () => {
    expect(files.filter((file) => !sourceExists(file))).toEqual([]);
    const strays = files.filter(
      (file, index) => index > 0 && !files.slice(0, index).some((before) => areConnected(before, file)),
    );
    expect(strays).toEqual([]);
  });
});

/** Interfaces at which two sides meet that do not know each other. */
const SEAMS = ['src/protocol/protocol.ts', 'src/repository/repository.ts'];

function areConnected(a: string, b: string): boolean {
  const imports = (from: string, to: string) => readSource(from).imports.some(({ target }) => target === to);
  return imports(a, b) || imports(b, a) || SEAMS.some((seam) => imports(a, seam) && imports(b, seam));
}
