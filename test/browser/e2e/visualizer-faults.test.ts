import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DevServer, startDevServer } from '../../../src/tools/devserver/index.ts';
import type { StudioServer } from '../../../src/tools/studio/index.ts';
import { FAULT_GROUPS } from '../../../visualizer/src/client-bench/faults.ts';
import { pageFolder } from '../../kit/app.ts';
import { chromiumLaunchOptions } from '../../kit/chromium.ts';
import { LOCAL_PAGES, type StudioWindow, serveStudio, watchDrawing } from '../../kit/studio.ts';

const USER = 'alice';
/** Short waits between attempts, but time enough for a busy machine to answer. */
const TIMING = {
  helloTimeoutMs: 2_500,
  pingIntervalMs: 2_000,
  probeTimeoutMs: 1_000,
  stableAfterMs: 200,
  backoffBaseMs: 300,
  backoffCapMs: 600,
  quickRetryMs: 100,
};
/**
 * No one can end a browser's socket at once: it waits a minute for the server's part of the close handshake. These
 * faults leave one behind that the client has given up.
 */
const LEAVE_ONE_BEHIND = ['Go silent', 'Ignore the close'];

let server: DevServer;
let studio: StudioServer;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  server = await startDevServer({ allowedOrigins: LOCAL_PAGES });
  [studio, browser] = await Promise.all([serveStudio(pageFolder, server), chromium.launch(chromiumLaunchOptions)]);
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(
    `${studio.url}?${new URLSearchParams(Object.entries(TIMING).map(([name, ms]) => [name, String(ms)]))}`,
  );
  await page.locator('[data-state="loggedOut"] [aria-current="true"]').waitFor();
  await page.getByRole('region', { name: 'Make it go wrong' }).locator('summary').click();
  await watchDrawing(page);
});

afterAll(async () => {
  await browser?.close();
  await studio?.close();
  await server?.close();
});

const isIn = (state: string) => page.locator(`[data-state="${state}"] [aria-current="true"]`).waitFor();
const command = (name: string) => page.locator('.commands').getByRole('button', { name, exact: true }).click();
const knows = (text: string | RegExp) => page.locator('.facts').getByText(text).first().waitFor({ state: 'attached' });
const fault = (group: string, name: string) =>
  page.getByRole('group', { name: group }).getByRole('button', { name, exact: true }).click();

/** Waits until these states were drawn, in this order, with whatever in between. */
async function sees(...states: readonly string[]): Promise<void> {
  await page.waitForFunction((wanted) => {
    const { drawn } = globalThis as unknown as StudioWindow;
    let next = 0;
    for (const state of drawn) if (state === wanted[next]) next += 1;
    return next === wanted.length;
  }, states);
}

beforeEach(async () => {
  server.faults.liftAll();
  await page.waitForFunction(() =>
    ['connected.healthy', 'loggedOut'].includes(
      (globalThis as unknown as StudioWindow).clients.one.getSnapshot().state,
    ),
  );
  if ((await page.locator('[data-state="connected.healthy"] [aria-current="true"]').count()) === 0)
    await command('Log in');
  await isIn('connected.healthy');
  await page.waitForFunction(() => {
    const { login, pacing } = (globalThis as unknown as StudioWindow).clients.one.actor.getSnapshot().context;
    return pacing.failedAttempts === 0 && login.refusals === 0;
  });
  await page.evaluate(() => {
    Object.assign(globalThis, { drawn: ['connected.healthy'], differences: [] });
  });
});

/** What each button leads to, while the user is connected. */
const OPEN_SOCKET: Readonly<Record<string, () => Promise<unknown>>> = {
  'Drop connection': () => sees('connecting.waiting', 'connecting.opening', 'connected.healthy'),
  'Server restart (1012)': () => sees('connecting.waiting', 'connecting.opening', 'connected.healthy'),
  'Do not come back (1000)': async () => {
    await sees('disconnecting.closing', 'loggedOut');
    await knows('endedByServer');
  },
  'Go silent': () => sees('connected.probing', 'connecting.waiting', 'connecting.opening', 'connected.healthy'),
  'Malformed frame': () => knows(/not JSON|could not be read|unreadable|is no /i),
  'Huge frame': async () => {
    await page.getByText('Show', { exact: true }).click();
    await page.getByLabel('wire').check();
    await page.getByRole('listbox', { name: 'Timeline entries' }).getByText('dev.huge').waitFor();
    await page.getByLabel('wire').uncheck();
    await page.getByText('Show', { exact: true }).click();
  },
  'New connection id': async () => {
    const { connectionId } = server.connects(USER).at(-1) ?? {};
    await page.waitForFunction(
      (id) => (globalThis as unknown as StudioWindow).clients.one.getSnapshot().connectionId === id,
      connectionId,
    );
    await page.locator('.staying .was-taken').getByText('hello.received').waitFor({ state: 'attached' });
  },
  'Hello for another': () => sees('connecting.waiting', 'connecting.opening', 'connected.healthy'),
  'Ignore the close': async () => {
    await command('Log out');
    await sees('disconnecting.forgetting', 'disconnecting.closing', 'loggedOut');
    await expect.poll(() => server.connects(USER).at(-1)).toMatchObject({ clientCloseCode: 1000, isOpen: true });
  },
};

const NEXT_CONNECT: typeof OPEN_SOCKET = {
  'Refuse upgrade (503)': () =>
    sees('connecting.waiting', 'connecting.opening', 'connecting.waiting', 'connecting.opening', 'connected.healthy'),
  'No hello': () => sees('connecting.opening', 'connecting.waiting', 'connecting.opening', 'connected.healthy'),
  'Late hello': () => sees('connecting.waiting', 'connecting.opening', 'connected.healthy'),
  'Hello for another': () =>
    sees('connecting.opening', 'connecting.waiting', 'connecting.opening', 'connected.healthy'),
  'Captive portal': () => sees('connecting.opening', 'connecting.waiting', 'connecting.opening', 'connected.healthy'),
  'Rate limit': async () => {
    await sees('connecting.opening', 'connecting.waiting');
    await knows('rateLimited');
    await sees('connecting.opening', 'connecting.waiting', 'connecting.opening', 'connected.healthy');
  },
  'User not allowed': async () => {
    await sees('disconnecting.forgetting', 'disconnecting.closing', 'loggedOut');
    await knows('userRejected');
  },
  'App unknown': async () => {
    await sees('connecting.opening', 'disconnecting.closing', 'loggedOut');
    await knows('appRejected');
  },
};

const TOKENS_AND_SERVER: typeof OPEN_SOCKET = {
  'Expire tokens': () => sees('loadingToken', 'connecting.opening', 'connected.healthy'),
  'Revoke tokens': () => sees('loadingToken', 'connecting.opening', 'connected.healthy'),
  'Bad signature': () => sees('loadingToken', 'connecting.opening', 'connected.healthy'),
  'Token endpoint fails': async () => {
    await fault('Tokens and server', 'Expire tokens');
    await sees('loadingToken', 'connecting.waiting', 'loadingToken', 'connecting.opening', 'connected.healthy');
  },
  'Restart the server': () => sees('connecting.waiting', 'connecting.opening', 'connected.healthy'),
};

const TABLE = {
  'The open socket': OPEN_SOCKET,
  'The next connect': NEXT_CONNECT,
  'Tokens and server': TOKENS_AND_SERVER,
};

describe('each fault of the server as a button', () => {
  it('is tried here', () => {
    const offered = FAULT_GROUPS.map(({ title, buttons }) => [title, buttons.map(({ label }) => label)]);
    expect(Object.entries(TABLE).map(([title, buttons]) => [title, Object.keys(buttons)])).toEqual(offered);
  });

  const cases = Object.entries(TABLE).flatMap(([group, buttons]) =>
    Object.entries(buttons).map(([name, leadsToWhat]) => [group, name, leadsToWhat] as const),
  );
  it.each(cases)(
    '%s, %s: the drawing follows, and the server counts what it should',
    async (group, name, leadsToWhat) => {
      await fault(group, name);
      await leadsToWhat();
      if (LEAVE_ONE_BEHIND.includes(name)) await cutWhatIsLeftBehind();
      await agrees();
    },
  );
});

describe('what goes wrong on this side', () => {
  it('no network: waits for it, and is back with it', async () => {
    // No attempt succeeds before the device reports that it has no network.
    const refusal = server.faults.cause({ type: 'refuseUpgrade', times: 'untilLifted', userId: USER });
    await fault('The open socket', 'Drop connection');
    await sees('connecting.waiting');
    await fault('This device', 'No network');
    await sees('connecting.offline');
    refusal.lift();
    await fault('This device', 'No network');
    await sees('connecting.offline', 'connecting.waiting', 'connecting.opening', 'connected.healthy');
    await agrees();
  });

  it('in the background: the socket stays, and is asked for a sign of life afterwards', async () => {
    await fault('This device', 'In the background');
    await fault('This device', 'In the background');
    await sees('connected.healthy', 'connected.probing', 'connected.healthy');
    await agrees();
  });

  it.each(['Storage blocked', 'Storage hangs'])(
    'law 5: %s: a logout says that the user is still stored',
    async (name) => {
      await fault('This device', name);
      await command('Log out');
      await sees('disconnecting.forgetting', 'disconnecting.closing', 'loggedOut');
      await knows(/userNotForgotten/);
      await fault('This device', name);
      await agrees();
    },
  );

  it('the token source fails: a login of someone new ends, one that is known goes on', async () => {
    const mode = page.getByLabel('Token source');
    await mode.selectOption('Token source fails');
    await fault('Tokens and server', 'Expire tokens');
    await sees('loadingToken', 'connecting.waiting');
    await mode.selectOption('Token source works');
    await sees('loadingToken', 'connecting.waiting', 'loadingToken', 'connecting.opening', 'connected.healthy');
    await agrees();
  });
});

/** What is drawn is where the session is, in every frame; and the server counts the sockets that this state allows. */
async function agrees(): Promise<void> {
  const { differences, state } = await page.evaluate(() => {
    const { differences, clients } = globalThis as unknown as StudioWindow;
    return { differences, state: clients.one.getSnapshot().state };
  });
  expect(differences).toEqual([]);
  await server.until(() => server.counts(USER).openNow === (state.startsWith('connected') ? 1 : 0));
}

async function cutWhatIsLeftBehind(): Promise<void> {
  expect(server.counts(USER).openNow).toBeLessThanOrEqual(2);
  server.faults.cause({ type: 'dropSockets', userId: USER });
  if ((await page.evaluate(() => (globalThis as unknown as StudioWindow).clients.one.getSnapshot().user)) === null)
    return;
  await sees(
    'connecting.waiting',
    'connecting.opening',
    'connected.healthy',
    'connecting.waiting',
    'connected.healthy',
  );
}
