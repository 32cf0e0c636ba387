import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { marked } from 'marked';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PAGES } from '../../../docs/blocks.ts';
import { openContext } from '../../kit/browser.ts';

/*
 * The documentation as GitHub lays it out: no column and no line of code is cut, the pictures are legible, and the first
 * picture stands in the first screen. 838 px is the width of a file's page there, 806 px that of a README.
 */

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The rules of GitHub's Markdown style that decide over widths. Its fonts are those of the machine. */
const STYLE = `
  * { box-sizing: border-box }
  body { margin: 0; font: 16px/1.5 sans-serif }
  main { overflow-wrap: break-word }
  img { max-width: 100% }
  table { display: block; width: max-content; max-width: 100%; overflow: auto; border-spacing: 0; border-collapse: collapse }
  th, td { padding: 6px 13px; border: 1px solid }
  code { padding: .2em .4em; font: 85% ui-monospace, monospace; white-space: break-spaces }
  pre { padding: 16px; overflow: auto; font: 85%/1.45 ui-monospace, monospace }
  pre code { padding: 0; font-size: 100%; white-space: pre }
`;

let page: Page;
beforeAll(async () => {
  page = await (await openContext({ viewport: { width: 838, height: 800 } })).newPage();
});
afterAll(() => page?.context().close());

const read = (file: string) => readFileSync(`${root}${file}`, 'utf8');
const widthOf = (file: string) => (file === 'README.md' ? 806 : 838);
const html = (body: string) => `<meta charset="utf-8"><style>${STYLE}</style>${body}`;

describe('below each other, each as wide as GitHub shows it', () => {
  beforeAll(async () => {
    const laidOut = PAGES.map(
      (file) => `<main data-file="${file}" style="width: ${widthOf(file)}px">${marked.parse(read(file))}</main>`,
    );
    await page.setContent(html(laidOut.join('')));
  });

  it.each(PAGES)('%s: no table and no code is cut at the side', async (file) => {
    const elements = page.locator(`[data-file="${file}"]`).locator('table, pre');
    const cut = await elements.evaluateAll((all) =>
      all
        .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
        .map(({ textContent, scrollWidth }) => `${scrollWidth} px: ${textContent?.trim().slice(0, 60)}`),
    );
    expect(cut).toEqual([]);
  });

  it('docs/statechart.md leaves the reasons room to be read', async () => {
    const widths = await page
      .locator('[data-file="docs/statechart.md"] table')
      .evaluateAll((tables) =>
        tables
          .filter((table) => table.querySelectorAll('th').length === 4)
          .map((table) => table.querySelector('th:last-child')?.getBoundingClientRect().width ?? 0),
      );
    expect(widths.length).toBeGreaterThan(10);
    expect(Math.min(...widths)).toBeGreaterThan(180);
  });
});

describe('README.md', () => {
  beforeAll(async () => {
    await page.route('http://docs.test/**', (route) => {
      const file = new URL(route.request().url()).pathname.slice(1);
      if (!file.endsWith('.md')) return route.fulfill({ path: `${root}${file}` });
      return route.fulfill({ contentType: 'text/html', body: html(`<main>${marked.parse(read(file))}</main>`) });
    });
    await page.setViewportSize({ width: widthOf('README.md'), height: 800 });
    await page.goto('http://docs.test/README.md');
  });

  it('has its first picture in the first screen, and not below it', async () => {
    const { y, height } = (await page.locator('img').first().boundingBox()) ?? { y: Number.NaN, height: Number.NaN };
    expect(y).toBeLessThan(260);
    expect(y + height).toBeLessThanOrEqual(800);
  });

  it('shows the states in letters of at least 12 px', async () => {
    const picture = page.locator('img[src$="states.svg"]');
    const scale = await picture.evaluate((image: HTMLImageElement) => image.width / image.naturalWidth);
    const source = read('docs/states.svg');
    const sizes = [...source.matchAll(/(?<px>[\d.]+)px/g)].map(({ groups }) => Number(groups?.px) * scale);
    expect(sizes.length).toBeGreaterThan(1);
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(12);
  });
});

describe('docs/states.svg', () => {
  it('keeps every word inside the picture, and apart from every other', async () => {
    await page.setContent(read('docs/states.svg'));
    const boxes = await page.$$eval('text', (texts) => texts.map((text) => text.getBoundingClientRect().toJSON()));
    const picture = await page.$eval('svg', (svg) => svg.getBoundingClientRect().toJSON());
    expect(boxes.length).toBeGreaterThan(12);
    const outside = boxes.filter(
      ({ left, right, top, bottom }) =>
        left < picture.left || right > picture.right || top < picture.top || bottom > picture.bottom,
    );
    expect(outside).toEqual([]);
    const overlapping = boxes.filter((a, index) =>
      boxes
        .slice(index + 1)
        .some((b) => a.left < b.right && b.left < a.right && a.top + 4 < b.bottom && b.top + 4 < a.bottom),
    );
    expect(overlapping).toEqual([]);
  });
});
