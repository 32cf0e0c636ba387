import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { type DevServer, startDevServer } from '../src/tools/devserver/index.ts';

/** Where the development server listens, unless something else does. */
const DEV_SERVER_PORT = 8788;

/** This page, on whichever port Vite finds free. */
const allowedOrigins = ['http://127.0.0.1:*', 'http://localhost:*'];

/** Starts the development server alongside the page, and gives the page its address in `config.json`. */
function devServer(): Plugin {
  return {
    name: 'sessionchart-dev-server',
    apply: 'serve',
    async configureServer({ httpServer, middlewares, config }) {
      const server = await startAtFreePort();
      config.logger.info(`\n  Development server  ${server.url}`);
      httpServer?.once('close', () => void server.close());
      middlewares.use('/config.json', (_request, response) => {
        response.setHeader('Content-Type', 'application/json');
        response.end(JSON.stringify({ devServer: { url: server.url, apiKey: server.apiKey } }));
      });
    },
  };
}

async function startAtFreePort(): Promise<DevServer> {
  try {
    return await startDevServer({ port: DEV_SERVER_PORT, allowedOrigins });
  } catch {
    return startDevServer({ allowedOrigins });
  }
}

export default defineConfig({
  base: './',
  plugins: [react(), devServer()],
  cacheDir: '../node_modules/.cache/vite-visualizer',
  server: { host: '127.0.0.1' },
  build: { outDir: '../dist/studio/page', emptyOutDir: true, target: 'es2022' },
});
