import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import type { ChatClient } from '../../src/index.ts';
import { type StudioServer, startStudio } from '../../src/tools/studio/index.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** `allowedOrigins` for a development server whose pages are served here, on whichever port is free. */
export const LOCAL_PAGES = ['http://localhost:*', 'http://127.0.0.1:*'];

/** Builds the visualizer into `folder` as `npm run build:studio` does: for production, whatever runs here. */
export async function buildPage(folder: string): Promise<void> {
  const vite = `${root}node_modules/vite/bin/vite.js`;
  const options = ['--outDir', folder, '--emptyOutDir', '--logLevel', 'error'];
  await promisify(execFile)(process.execPath, [vite, 'build', 'visualizer', ...options], {
    cwd: root,
    env: { ...process.env, NODE_ENV: 'production' },
  });
}

/** Serves the built page next to a development server. */
export const serveStudio = (
  pageFolder: string,
  devServer: { readonly url: string; readonly apiKey: string },
): Promise<StudioServer> => startStudio({ port: 0, pageFolder, devServer: async () => devServer });

/** What the page gives to the browser's console. */
export interface StudioWindow {
  readonly clients: Readonly<Record<'one' | 'two', Pick<ChatClient, 'getSnapshot' | 'actor'>>>;
  /** The states that were drawn, one after the other. */
  readonly drawn: string[];
  /** Where the drawing and the session differed when a frame was painted. */
  readonly differences: string[];
  /** Layout shifts, those after a click included. */
  readonly shifts: readonly LayoutShiftSeen[];
}

interface LayoutShiftSeen {
  readonly atMs: number;
  readonly what: string;
}

/** In the page: the time once all that was drawn before is painted, and its shifts are reported. */
export function paintedAtMs(): Promise<number> {
  return new Promise((resolve) =>
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        // What observers are still to be notified of was queued before.
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => resolve(performance.now());
        port2.postMessage(null);
      }),
    ),
  );
}

/** From now on the page notes which states it draws, and compares each painted frame with the session. */
export async function watchDrawing(page: Page): Promise<void> {
  await page.evaluate(() => {
    const studio = globalThis as unknown as StudioWindow & { drawn: string[]; differences: string[] };
    studio.drawn = [];
    studio.differences = [];
    const drawnState = () =>
      document.querySelector('[aria-current="true"]')?.closest<HTMLElement>('[data-state]')?.dataset.state ?? '';
    const note = () => {
      if (drawnState() !== studio.drawn.at(-1)) studio.drawn.push(drawnState());
    };
    const compare = () => {
      const { state } = studio.clients.one.getSnapshot();
      if (drawnState() !== state) studio.differences.push(`drawn ${drawnState()}, is ${state}`);
      requestAnimationFrame(compare);
    };
    note();
    new MutationObserver(note).observe(document.body, {
      subtree: true,
      attributeFilter: ['aria-current'],
      childList: true,
    });
    requestAnimationFrame(compare);
  });
}

/** In the page: frames in which another state was drawn than the session was in; the one to come counts too. */
export function differences(): readonly string[] {
  const { differences = [], clients } = globalThis as unknown as Partial<StudioWindow>;
  const drawn = document.querySelector('[aria-current="true"]')?.closest<HTMLElement>('[data-state]')?.dataset.state;
  const state = clients?.one.getSnapshot().state;
  return drawn === state ? differences : [...differences, `drawn ${drawn}, is ${state}`];
}

/** To be called before the page is opened. */
export async function watchShifts(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const shifts: LayoutShiftSeen[] = [];
    Object.assign(globalThis, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as unknown as {
        readonly startTime: number;
        readonly value: number;
        readonly sources?: readonly { readonly node?: Node }[];
      }[]) {
        const moved = entry.sources?.map(({ node }) => node?.parentElement?.className);
        shifts.push({ atMs: entry.startTime, what: `${entry.value} ${moved}` });
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
}
