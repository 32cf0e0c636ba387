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

it.each(['alice', {}, { apiKey: 'key' }])('the backend in memory refuses to store %j, which is no user', (stored) => {
  expect(() => new Backend(stored as never)).toThrow(
    expect.objectContaining({ code: 'invalidArgument', field: 'stored' }),
  );
});

it('the backend in memory heals from all of its faults at once', async () => {
  const backend = new Backend();
  const client = createChatClient(backend.options());
  onTestFinished(async () => {
    await client.dispose();
  });
  Object.assign(backend, { welcome: { kind: 'refuse' }, answersClose: false, answersPings: false, provider: 'throws' });
  Object.assign(backend.disk, { load: 'throws', save: 'throws', clear: 'throws' });
  backend.change('offline');
  backend.change('background');
  expect(backend.environment().read()).toEqual({ online: false, foreground: false });
  backend.heal();
  expect(backend.environment().read()).toEqual({ online: true, foreground: true });

  const login = client.connectUser({ id: 'alice' });
  await backend.clock.advance(3_600_000);
  expect(await login).toMatchObject({ success: true });
  expect({ opened: backend.requests.length, stored: backend.stored }).toMatchObject({
    opened: 1,
    stored: { id: 'alice' },
  });
  const logout = client.disconnect();
  await backend.clock.advance(100);
  expect(await logout).toMatchObject({ success: true });
  expect({ openNow: backend.openNow, stored: backend.stored }).toEqual({ openNow: 0, stored: null });
});
