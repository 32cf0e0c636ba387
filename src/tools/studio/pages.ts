import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';

/** An answer to an HTTP request. */
export interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer | string;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** Answers a path by a file of `folder`; nothing outside of it can be had. */
export async function readPage(folder: string, path: string): Promise<Page> {
  const file = fileOf(folder, path);
  try {
    if (file === null) throw new Error('outside');
    return { status: 200, type: TYPES[extname(file)] ?? 'application/octet-stream', body: await readFile(file) };
  } catch {
    if (path === '/') return { status: 503, type: TYPES['.html'] ?? '', body: NOT_BUILT };
    return { status: 404, type: 'text/plain; charset=utf-8', body: 'There is no such file.\n' };
  }
}

function fileOf(folder: string, path: string): string | null {
  try {
    const relative = normalize(decodeURIComponent(path === '/' ? '/index.html' : path));
    return relative.includes('\0') ? null : join(folder, relative);
  } catch {
    return null;
  }
}

const NOT_BUILT = `<!doctype html>
<title>sessionchart studio</title>
<p>The page has not been built. In a checkout of sessionchart: <code>npm run build:studio</code>.
`;
