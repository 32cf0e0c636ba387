import react from '@vitejs/plugin-react';
import { startDevServer } from 'sessionchart/devserver';
import { defineConfig, type Plugin } from 'vite';

/** Starts a chat server beside the page. Where one runs already (`sessionchart serve`), the page uses that. */
const chatServer: Plugin = {
  name: 'chat-server',
  apply: 'serve',
  async configureServer(vite) {
    // This page, on whichever port Vite finds free.
    const allowedOrigins = ['http://localhost:*', 'http://127.0.0.1:*'];
    const server = await startDevServer({ port: 8787, allowedOrigins }).catch(() => null);
    vite.httpServer?.once('close', () => server?.close());
  },
};

export default defineConfig({ plugins: [react(), chatServer] });
