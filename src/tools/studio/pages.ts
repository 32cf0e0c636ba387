import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';

/** A response to an HTTP request. */
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

/**
 * Reads the files of `folder` into memory: they are all that can be had, however a path is written, and a build that
 * replaces them does not disturb a page that is open. Links are left out. Returns what responds to a path, as it stands
 * in the request.
 */
export async function readPages(folder: string): Promise<(path: string) => Page> {
  const files = new Map<string, Page>();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const { parentPath, name } of entries.filter((entry) => entry.isFile())) {
    const file = join(parentPath, name);
    const type = TYPES[extname(file)] ?? 'application/octet-stream';
    files.set(`/${relative(folder, file).split(sep).join('/')}`, { status: 200, type, body: await readFile(file) });
  }
  const start = files.get('/index.html') ?? NOT_BUILT;
  return (path) => (path === '/' ? start : (files.get(path) ?? MISSING));
}

const MISSING: Page = { status: 404, type: 'text/plain; charset=utf-8', body: 'There is no such file.\n' };

const NOT_BUILT: Page = {
  status: 503,
  type: 'text/html; charset=utf-8',
  body: `<!doctype html>
<title>sessionchart studio</title>
<p>The page was not built when the studio started. In a checkout of sessionchart run
<code>npm run build:studio</code>, then start the studio again.
`,
};
