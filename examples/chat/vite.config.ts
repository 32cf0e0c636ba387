import react from '@vitejs/plugin-react';
import { startDevServer } from 'sessionchart/devserver';
import { defineConfig, type Plugin } from 'vite';

/** Starts a chat server beside the page. Where one runs already (`sessionchart serve`), the page uses that. */
const chatServer: Plugin = {
  name: 'chat-server',
  apply: 'serve',
  async configureServer(vite) {
    const server = await startDevServer({ port: 8787 }).catch(() => null);
    vite.httpServer?.once('close', () => server?.close());
  },
};

export default defineConfig({ plugins: [react(), chatServer] });
