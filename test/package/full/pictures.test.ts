import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { main } from '../../../visualizer/pictures/main.ts';
import { SITUATIONS } from '../../../visualizer/pictures/situations.ts';

/*
 * What to look at after a change of the page: it can only be looked at when each situation can still be reached.
 */

it('pictures: every situation of the page, at four widths, light and dark, and a sheet of each', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sessionchart-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  expect(await main([folder])).toBe(0);
  const files = await readdir(folder);
  const sheets = files.filter((name) => name.startsWith('sheet-'));
  expect(sheets.length).toBe(8);
  expect(files.length - sheets.length).toBe(8 * SITUATIONS.length);
}, 600_000);
