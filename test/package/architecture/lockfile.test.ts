import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const lock = JSON.parse(readFileSync(new URL('../../../package-lock.json', import.meta.url), 'utf8')) as {
  readonly packages: Readonly<Record<string, { readonly integrity?: string; readonly link?: boolean }>>;
};

it('every package that `npm ci` installs is checked by its hash', () => {
  const installed = Object.entries(lock.packages).filter(([path]) => path.includes('node_modules/'));
  const unchecked = installed.filter(([, { integrity, link }]) => link !== true && integrity === undefined);
  expect(
    unchecked.map(([path]) => path),
    'node scripts/complete-lock.mjs adds them',
  ).toEqual([]);
});
