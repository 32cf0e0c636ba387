import { startDevServer } from 'sessionchart/devserver';
import type { Plugin } from 'vite';

/** Starts a chat server next to the page. Where one runs already (`sessionchart serve`), the page uses that. */
export function chatServer(port = 8787): Plugin {
  return {
    name: 'chat-server',
    apply: 'serve',
    async configureServer({ config, httpServer }) {
      const print = (url: string) => config.logger.info(`\n  Chat server  ${url}`);
      const { VITE_CHAT_URL } = config.env;
      if (typeof VITE_CHAT_URL === 'string') return print(VITE_CHAT_URL);
      // This page, on whichever port Vite finds free.
      const allowedOrigins = ['http://localhost:*', 'http://127.0.0.1:*'];
      const server = await startDevServer({ port, allowedOrigins }).catch(() => null);
      if (server === null) return print(await findRunning(`http://127.0.0.1:${port}`));
      print(server.url);
      httpServer?.once('close', () => server.close());
    },
  };
}

/** The server that listens there already, if it is one of ours. */
async function findRunning(url: string): Promise<string> {
  const response = await fetch(`${url}/dev/state`).catch(() => null);
  const state = await response?.json().catch(() => null);
  if (Array.isArray(state?.faults)) return `${url} (was running already)`;
  const { port } = new URL(url);
  throw new Error(
    `Port ${port} is taken by another program. Stop it, or set VITE_CHAT_URL to a chat server elsewhere.`,
  );
}
