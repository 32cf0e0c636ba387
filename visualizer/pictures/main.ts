import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { type DevServer, startDevServer } from '../../src/tools/devserver/index.ts';
import { type StudioServer, startStudio } from '../../src/tools/studio/index.ts';
import { chromiumLaunchOptions, unpackChromium } from '../../test/kit/chromium.ts';
import { buildPage, LOCAL_PAGES } from '../../test/kit/studio.ts';
import { type Programs, startPrograms } from './programs.ts';
import { type Picture, writeSheet } from './sheets.ts';
import { QUERY, SITUATIONS, type Stage, tidy } from './situations.ts';

/*
 * `npm run pictures`: the two pictures of the page in the README. `npm run pictures -- FOLDER`: the page in twelve
 * situations, light and dark, at four widths, and a sheet of each, to be looked at after a change.
 */

const DESKTOP = { width: 1280, height: 800 };
const SIZES = [
  { viewport: DESKTOP, columns: 3, widthPx: 900 },
  { viewport: { width: 1920, height: 1080 }, columns: 2, widthPx: 1200 },
  { viewport: { width: 768, height: 1024 }, columns: 4, widthPx: 560 },
  { viewport: { width: 390, height: 844 }, columns: 6, widthPx: 390 },
];
const SCHEMES = ['light', 'dark'] as const;

interface Set {
  readonly browser: Browser;
  readonly studio: StudioServer;
  readonly server: DevServer;
  readonly programs: Programs;
}

export async function main([folder]: readonly string[]): Promise<number> {
  await unpackChromium();
  const pageFolder = await mkdtemp(join(tmpdir(), 'pictures-'));
  await buildPage(pageFolder);
  const server = await startDevServer({ allowedOrigins: LOCAL_PAGES });
  const studio = await startStudio({ port: 0, pageFolder, devServer: async () => server });
  const programs = await startPrograms(studio.relayUrl, server);
  const browser = await chromium.launch(chromiumLaunchOptions);
  try {
    const set = { browser, studio, server, programs };
    if (folder === undefined) await forReadme(set);
    else await everything(folder, set);
  } finally {
    await browser.close();
    await programs.stop();
    await studio.close();
    await server.close();
    await rm(pageFolder, { recursive: true });
  }
  return 0;
}

/** Both are written when both are there: one that is interrupted leaves the tree as it was. */
async function forReadme({ browser, studio, server, programs: { journal } }: Set): Promise<void> {
  const pictures: [path: URL, picture: Buffer][] = [];
  for (const { colorScheme, last } of [
    { colorScheme: 'light', last: 'connected' },
    { colorScheme: 'dark', last: 'waiting' },
  ] as const) {
    const page = await browser.newPage({ viewport: DESKTOP, locale: 'en-GB', colorScheme });
    await page.goto(`${studio.url}/${QUERY}`);
    await play({ page, server, journal }, async (name) => {
      if (name !== last) return false;
      await tidy(page);
      const path = new URL(`../../docs/images/studio-${colorScheme}.png`, import.meta.url);
      pictures.push([path, await page.screenshot()]);
      return true;
    });
    await page.context().close();
    server.faults.liftAll();
  }
  for (const [path, picture] of pictures) await writeFile(path, picture);
}

async function everything(folder: string, { browser, studio, server, programs: { journal } }: Set): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const { viewport, ...layout } of SIZES) {
    const page = await browser.newPage({ viewport, locale: 'en-GB', colorScheme: 'light' });
    await page.goto(`${studio.url}/${QUERY}`);
    const pictures: Picture[] = [];
    await play({ page, server, journal }, async (title) => {
      for (const colorScheme of SCHEMES) {
        await page.emulateMedia({ colorScheme });
        const file = `${folder}/${viewport.width}-${title}-${colorScheme}.png`;
        await page.screenshot({ path: file, fullPage: viewport !== DESKTOP });
        pictures.push({ title: `${title} ${colorScheme}`, file });
      }
      return false;
    });
    await page.context().close();
    server.faults.liftAll();
    for (const scheme of SCHEMES) {
      const wanted = pictures.filter(({ title }) => title.endsWith(scheme));
      await writeSheet(browser, `${folder}/sheet-${viewport.width}-${scheme}.png`, { ...layout, pictures: wanted });
    }
  }
}

/** Reaches one situation after the other, until `shoot` returns true. */
async function play(stage: Stage, shoot: (name: string) => Promise<boolean>): Promise<void> {
  for (const { name, reach, open } of SITUATIONS) {
    await reach(stage);
    await tidy(stage.page, open);
    if (await shoot(name)) return;
  }
}
