import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import type { mountDevtools } from '../../../src/devtools/index.ts';
import type { createChatClient } from '../../../src/index.ts';
import { appFolder } from '../../kit/app.ts';
import { openContext } from '../../kit/browser.ts';
import { bundleOf } from '../../kit/bundled-size.ts';

/*
 * What the Content-Security-Policy of a page forbids. It may not open every address: browsers put the reason on the
 * console and not on the socket, so a program has to find it elsewhere. It may not contain inline styles.
 */

const PAGE = 'https://app.test/';
const TOKEN = ['{"alg":"none"}', '{"user_id":"alice"}', ''].map((part) => btoa(part).replaceAll('=', '')).join('.');

let code = '';

beforeAll(async () => {
  code = await bundleOf(
    appFolder,
    `import { createChatClient } from 'sessionchart';
     import { mountDevtools } from 'sessionchart/devtools';
     Object.assign(globalThis, { createClient: createChatClient, mountDevtools });`,
  );
});

// Next to each other: each waits for as long as a login does.
it.concurrent.each([
  ['an http address in a page of https', 'http://chat.test', '', /may not connect to an address of http/, true],
  [
    'an address that default-src forbids',
    'https://chat.test',
    "default-src 'self'",
    /Content-Security-Policy \(\S+-src\)/,
    true,
  ],
  [
    'an address that connect-src allows for HTTP only',
    'https://chat.test',
    "connect-src 'self' https://chat.test",
    /Content-Security-Policy \(connect-src\)/,
    false,
  ],
])(
  'a login names the reason before its call times out, and a request where it is refused, too: %s',
  async (_what, baseUrl, policy, reason, isRequestRefused) => {
    const page = await openPage(policy);
    const { message, requestMessage } = await page.evaluate(
      async ({ baseUrl, token }) => {
        const { createClient } = globalThis as unknown as { createClient: typeof createChatClient };
        const client = createClient({ apiKey: 'key', baseUrl, tokenProvider: token });
        const login = await client.connectUser({ id: 'alice' });
        const request = await client.request('/anything');
        await client.dispose();
        const messages = [login, request].map((result) => (result.success ? 'succeeded' : result.error.message));
        return { message: messages[0], requestMessage: messages[1] };
      },
      { baseUrl, token: TOKEN },
    );
    expect(message).toMatch(reason);
    if (isRequestRefused) expect(requestMessage).toMatch(reason);
    expect(`${message} ${requestMessage}`).not.toContain(TOKEN);
    await page.context().close();
  },
);

it('the panel of the devtools is styled in a page that allows no inline styles', async () => {
  const page = await openPage("default-src 'none'; script-src 'self'; require-trusted-types-for 'script'");
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  const styles = await page.evaluate(async () => {
    const app = globalThis as unknown as {
      createClient: typeof createChatClient;
      mountDevtools: typeof mountDevtools;
    };
    const client = app.createClient({ apiKey: 'key' });
    const unmount = app.mountDevtools(document.body, client, { theme: 'dark' });
    const host = document.querySelector('.sessionchart-devtools');
    const actions = host?.shadowRoot?.querySelector('.actions') ?? document.body;
    const { display } = getComputedStyle(actions);
    const { colorScheme } = getComputedStyle(host ?? document.body);
    unmount();
    await client.dispose();
    return { display, colorScheme };
  });
  expect({ ...styles, complaints }).toEqual({ display: 'flex', colorScheme: 'dark', complaints: [] });
  await page.context().close();
});

/** A page with this policy that has loaded the package. */
async function openPage(policy: string): Promise<Page> {
  const context = await openContext();
  const page = await context.newPage();
  await page.route(`${PAGE}**`, (route) =>
    route.request().url() === PAGE
      ? route.fulfill({
          contentType: 'text/html',
          body: '<script type="module" src="/app.js"></script>',
          headers: { 'content-security-policy': policy },
        })
      : route.fulfill({ contentType: 'text/javascript', body: code }),
  );
  await page.goto(PAGE);
  await page.waitForFunction(() => 'createClient' in globalThis);
  return page;
}
