import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The documentation as text. */

export const root = fileURLToPath(new URL('../../../', import.meta.url));

export const read = (path: string): string => readFileSync(`${root}${path}`, 'utf8');

export interface Block {
  /** `js`, `ts`, `tsx`, `sh`, … */
  readonly language: string;
  /** The file that a reader saves it as, where the page names one; otherwise empty. */
  readonly file: string;
  readonly code: string;
}

/** The code in a page, without the parts that are taken from tests: those are compiled where they come from. */
export function blocksOf(text: string): readonly Block[] {
  const own = text.replace(/<!-- begin: (\S+) -->[\s\S]*?<!-- end: \1 -->/g, '');
  return [...own.matchAll(/^```(?<language>\w+)(?: (?<file>[\w.]+))?\n(?<code>[\s\S]*?)^```$/gm)].map(({ groups }) => ({
    language: groups?.language ?? '',
    file: groups?.file ?? '',
    code: groups?.code ?? '',
  }));
}

/** The names that headings have in an address: `#what-it-keeps`. */
export function anchorsOf(text: string): readonly string[] {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, '');
  return [...prose.matchAll(/^#{1,6} (?<title>.+)$/gm)].map(({ groups }) =>
    (groups?.title ?? '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
