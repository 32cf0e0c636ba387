import { execFile } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { preview } from 'vite';

const root = fileURLToPath(new URL('../../', import.meta.url));

export interface ServedExample {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Builds the example app against the package as npm would install it (not its sources), for a chat server at `chatUrl`,
 * and serves it.
 */
export async function serveExample(appFolder: string, chatUrl: string): Promise<ServedExample> {
  const folder = `${appFolder}/chat`;
  await cp(`${root}examples/chat`, folder, {
    recursive: true,
    filter: (path) => !/[\\/](node_modules|dist)$/.test(path.slice(root.length)),
  });
  await promisify(execFile)(process.execPath, [`${root}node_modules/vite/bin/vite.js`, 'build'], {
    cwd: folder,
    env: { ...process.env, NODE_ENV: 'production', VITE_CHAT_URL: chatUrl },
  });
  // A sandboxed frame has no origin of its own, and must be allowed to load the page's scripts.
  const server = await preview({
    root: folder,
    configFile: false,
    logLevel: 'error',
    preview: { port: 0, host: '127.0.0.1', cors: true },
  });
  return { url: server.resolvedUrls?.local[0] ?? '', close: () => server.close() };
}
