import type { TestProject } from 'vitest/node';
import { startDevServer } from '../../src/tools/devserver/index.ts';
import { LOCAL_PAGES } from './studio.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A development server for tests in a page, which cannot start one. */
    devServer: { readonly url: string; readonly apiKey: string };
  }
}

export default async function startForPages(project: TestProject): Promise<() => Promise<void>> {
  const server = await startDevServer({ allowedOrigins: LOCAL_PAGES });
  project.provide('devServer', { url: server.url, apiKey: server.apiKey });
  return () => server.close();
}
