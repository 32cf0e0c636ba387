import { readFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';

export interface Picture {
  readonly title: string;
  readonly file: string;
}

/** Puts pictures of one kind next to each other in one file, to be compared at a glance. */
export async function writeSheet(
  browser: Browser,
  file: string,
  {
    pictures,
    columns,
    widthPx,
  }: { readonly pictures: readonly Picture[]; readonly columns: number; readonly widthPx: number },
): Promise<void> {
  const figures = await Promise.all(
    pictures.map(async ({ title, file: path }) => {
      const data = (await readFile(path)).toString('base64');
      return `<figure><figcaption>${title}</figcaption><img src="data:image/png;base64,${data}" width="${widthPx}"></figure>`;
    }),
  );
  const page = await browser.newPage({ viewport: { width: columns * (widthPx + 12) + 12, height: 400 } });
  await page.setContent(
    `<style>body{margin:12px;background:#888;display:grid;grid-template-columns:repeat(${columns},${widthPx}px);gap:12px;align-items:start}
     figure{margin:0}figcaption{font:14px sans-serif}img{display:block}</style>${figures.join('')}`,
  );
  await page.screenshot({ path: file, fullPage: true });
  await page.close();
}
