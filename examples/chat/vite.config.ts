import react from '@vitejs/plugin-react';
import { startDevServer } from 'sessionchart/devserver';
import { defineConfig, type Plugin } from 'vite';

const PORT = 8787;

/** The server that listens already, if it is one of ours. */
async function findRunning(): Promise<string> {
  const url = `http://127.0.0.1:${PORT}`;
  const response = await fetch(`${url}/dev/state`).catch(() => null);
  if (response?.ok) return `${url} (was running already)`;
  throw new Error(
    `Port ${PORT} is taken by another program. Stop it, or set VITE_CHAT_URL to a chat server elsewhere.`,
  );
}

/** Starts a chat server next to the page. Where one runs already (`sessionchart serve`), the page uses that. */
const chatServer: Plugin = {
  name: 'chat-server',
  apply: 'serve',
  async configureServer(vite) {
    // This page, on whichever port Vite finds free.
    const allowedOrigins = ['http://localhost:*', 'http://127.0.0.1:*'];
    const server = await startDevServer({ port: PORT, allowedOrigins }).catch(() => null);
    vite.config.logger.info(`\n  Chat server  ${server?.url ?? (await findRunning())}`);
    vite.httpServer?.once('close', () => server?.close());
  },
};

export default defineConfig({ plugins: [react(), chatServer] });
