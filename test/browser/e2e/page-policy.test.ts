import { beforeAll, expect, it } from 'vitest';
import type { createChatClient } from '../../../src/index.ts';
import { appFolder } from '../../kit/app.ts';
import { openContext } from '../../kit/browser.ts';
import { bundleOf } from '../../kit/bundled-size.ts';

/*
 * A page may not open every address. Browsers put the reason on the console and not on the socket, so a program has to
 * find it elsewhere.
 */

const PAGE = 'https://app.test/';
const TOKEN = ['{"alg":"none"}', '{"user_id":"alice"}', ''].map((part) => btoa(part).replaceAll('=', '')).join('.');

let code = '';

beforeAll(async () => {
  code = await bundleOf(
    appFolder,
    "import { createChatClient } from 'sessionchart'; globalThis.createClient = createChatClient;",
  );
});

it.each([
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
    await context.close();
  },
);
