import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StudioServer, startStudio } from '../../../src/tools/studio/index.ts';

/*
 * The studio serves the files of its page, and no other file of the machine, however a request is written.
 */

let folder: string;
let studio: StudioServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'studio-'));
  await mkdir(`${folder}/page/assets`, { recursive: true });
  await writeFile(`${folder}/page/index.html`, '<p>page');
  await writeFile(`${folder}/page/assets/page.js`, 'page()');
  await writeFile(`${folder}/secret.txt`, 'SECRET');
  await symlink(`${folder}/secret.txt`, `${folder}/page/link.txt`);
  await symlink(folder, `${folder}/page/above`);
  studio = await startStudio({ port: 0, pageFolder: `${folder}/page` });
});

afterAll(async () => {
  await studio.close();
  await rm(folder, { recursive: true });
});

/** The response to a request target as it stands, which no HTTP client would send. */
function get(target: string, headers = ''): Promise<string> {
  const { port } = new URL(studio.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
    });
    socket.once('error', reject);
    socket.once('close', () => resolve(text));
    socket.write(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${headers}Connection: close\r\n\r\n`);
  });
}

describe('the files of the studio', () => {
  it.each([
    ['/', '<p>page'],
    ['/index.html', '<p>page'],
    ['/assets/page.js?v=1', 'page()'],
    ['/assets/page.js#part', 'page()'],
  ])('%s is one of them', async (target, body) => {
    expect(await get(target)).toMatch(new RegExp(`^HTTP/1.1 200 [^]*${body.replace(/[()]/g, '\\$&')}`));
  });

  const up = '../../../../../../../..';
  it.each([
    ['an absolute form', `http://x/${up}/etc/passwd`],
    ['an absolute form of the own name', `http://127.0.0.1/../secret.txt`],
    ['an absolute form with a query', `http://x/${up}/etc/passwd?a`],
    ['an absolute form of a file', 'file:///etc/passwd'],
    ['dot segments', `/${up}/etc/passwd`],
    ['dot segments behind a folder', '/assets/../../secret.txt'],
    ['encoded dots', '/%2e%2e/secret.txt'],
    ['encoded slashes', '/..%2fsecret.txt'],
    ['doubly encoded dots', '/%252e%252e/secret.txt'],
    ['backslashes', '/..\\secret.txt'],
    ['encoded backslashes', '/..%5csecret.txt'],
    ['a NUL', '/index.html%00'],
    ['overlong encodings', '/%c0%ae%c0%ae/secret.txt'],
    ['two slashes', '//etc/passwd'],
    ['no slash', 'secret.txt'],
    ['dots without a slash', '../secret.txt'],
    ['a link to a file', '/link.txt'],
    ['a link to a folder', '/above/secret.txt'],
    ['a folder', '/assets'],
    ['a key of objects', '/__proto__'],
  ])('nothing else can be had with %s', async (_, target) => {
    const response = await get(target);
    expect(response).toMatch(/^HTTP\/1\.1 (404|400)/);
    expect(response).not.toMatch(/SECRET|root:/);
  });

  it('stay while a build replaces them', async () => {
    await rm(`${folder}/page/assets`, { recursive: true });
    expect(await get('/assets/page.js')).toContain('page()');
  });

  it('are given to no page of another origin, and embedded in none', async () => {
    expect(await get('/config.json', 'Origin: https://evil.example\r\n')).toMatch(/^HTTP\/1\.1 403/);
    const response = await get('/config.json');
    expect(response).toContain('Cross-Origin-Resource-Policy: same-origin');
    expect(response).toContain('X-Content-Type-Options: nosniff');
  });

  it('a link of another page leads to the page', async () => {
    const link = 'Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n';
    expect(await get('/', link)).toMatch(/^HTTP\/1\.1 200/);
  });
});

it('the studio takes nothing, and says where its page is missing', async () => {
  const bare = await startStudio({ port: 0, pageFolder: `${folder}/nowhere` });
  expect((await fetch(bare.url, { method: 'POST', body: '{}' })).status).toBe(405);
  expect((await fetch(bare.url, { method: 'HEAD' })).status).toBe(503);
  const page = await fetch(bare.url);
  expect([page.status, await page.text()]).toEqual([503, expect.stringContaining('npm run build:studio')]);
  await bare.close();
});

it.each(['notanorigin', '*', 'ftp://app.example', 'https://app.example/path'])(
  'a studio that should allow %s does not start',
  async (origin) => {
    await expect(startStudio({ port: 0, allowedOrigins: [origin] })).rejects.toThrow(`${origin} is not an origin`);
  },
);

it('a studio does not start at a port that is taken', async () => {
  const { port } = new URL(studio.url);
  await expect(startStudio({ port: Number(port) })).rejects.toThrow(/EADDRINUSE/);
});

it('a studio whose development server does not start leaves its port free', async () => {
  let port = 0;
  const devServer = async ([origin = '']: readonly string[]) => {
    port = Number(new URL(origin).port);
    throw new Error('no server');
  };
  await expect(startStudio({ port: 0, devServer })).rejects.toThrow('no server');
  await (await startStudio({ port })).close();
});

it('a page that was open before gets the address of a development server that still starts', async () => {
  const own = { url: 'http://127.0.0.1:1', apiKey: 'key' };
  let asked: Promise<Response> | undefined;
  const devServer = async ([origin]: readonly string[]) => {
    asked = fetch(`${origin}/config.json`);
    await fetch(`${origin}/`);
    return own;
  };
  const starting = await startStudio({ port: 0, devServer });
  expect(await (await asked)?.json()).toMatchObject({ devServer: own });
  await starting.close();
});
