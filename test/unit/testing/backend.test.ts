import { expect, it, onTestFinished, vi } from 'vitest';
import { createChatClient } from '../../../src/index.ts';
import { Backend } from '../../../src/testing/index.ts';

it.each(['ü', 'łukasz', '👩‍🚀', '名前', 'a\u2028b'])(
  'the backend in memory logs a user and a guest %j in',
  async (id) => {
    const backend = new Backend();
    const client = createChatClient(backend.options());
    onTestFinished(async () => {
      await client.dispose();
    });
    const steps = [() => client.connectUser({ id }), () => client.disconnect(), () => client.connectGuestUser({ id })];
    const users: (string | undefined)[] = [];
    for (const step of steps) {
      const called = step();
      await backend.clock.advance(1_000);
      expect(await called).toMatchObject({ success: true });
      users.push(client.getSnapshot().user?.id);
    }
    expect(users).toEqual([id, undefined, `guest-${id}`]);
  },
);

it('the backend in memory responds to requests and makes guests where there is no Response, as in Jest with jsdom', async () => {
  vi.stubGlobal('Response', undefined);
  const backend = new Backend();
  const client = createChatClient(backend.options());
  onTestFinished(async () => {
    vi.unstubAllGlobals();
    await client.dispose();
  });
  const login = client.connectGuestUser({ id: 'alice' });
  await backend.clock.advance(1_000);
  expect(await login).toMatchObject({ success: true, value: { user: { id: 'guest-alice' } } });
  const response = await client.request('/x', { body: { a: 1 } }).orThrow();
  expect([response.status, await response.json()]).toEqual([201, {}]);
});
