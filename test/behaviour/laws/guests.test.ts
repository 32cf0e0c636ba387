import { describe, expect, it } from 'vitest';
import { streamChat } from '../../../src/index.ts';
import { Stage, type StageOptions } from '../harness.ts';

const MINUTE = 60_000;

/** A stage, and what was asked of the server to make guests. */
function stageOf(options: StageOptions = {}) {
  const asked: { readonly user: unknown; readonly contentType: string | null }[] = [];
  const s: Stage = new Stage(
    { machine: undefined },
    {
      fetch: (url, init) => {
        const { user } = JSON.parse(String(init?.body)) as { readonly user: unknown };
        asked.push({ user, contentType: new Headers(init?.headers).get('content-type') });
        return (s.backend.options().fetch as typeof fetch)(url, init);
      },
      ...options,
    },
  );
  return { s, asked };
}

describe('law 7: a guest stays the same guest', () => {
  it('when asked for again; law 4: a registered user of that id is another user', async () => {
    const { s, asked } = stageOf();
    await s.value(s.client.connectGuestUser({ id: 'visitor' }));
    const { connectionId } = s.now;
    await s.value(s.client.connectGuestUser({ id: 'visitor', name: 'New' }));
    expect([asked.length, s.now.connectionId, s.now.user?.name]).toEqual([1, connectionId, undefined]);
    expect(await s.error(s.client.connectUser({ id: 'visitor' }))).toBe('otherUserConnected');
    await s.value(s.client.disconnect(), 2_000);
  });

  it('also with a token that has expired by the clocks: only the server makes it bad', async () => {
    const base = streamChat({ apiKey: 'key', baseUrl: 'http://backend.test' });
    const protocol = { ...base, checkToken: () => ({ expiresAtMs: s.backend.clock.now() + MINUTE, issuedAtMs: null }) };
    const { s, asked } = stageOf({ protocol });
    await s.value(s.client.connectGuestUser({ id: 'visitor' }));
    await s.pass(5 * MINUTE);
    s.backend.welcome = { kind: 'close', code: 1011 };
    s.backend.closeSockets();
    await s.pass(MINUTE);
    s.backend.welcome = { kind: 'hello' };
    await s.until('online', MINUTE);
    expect([asked.length, s.now.user?.id]).toEqual([1, 'guest-visitor']);
    await s.value(s.client.disconnect(), 2_000);
  });

  it('with one that is not valid yet', async () => {
    const { s, asked } = stageOf();
    s.backend.welcome = { kind: 'error', code: 41 };
    const call = s.client.connectGuestUser({ id: 'visitor' });
    await s.until('waiting', 1_000);
    s.backend.welcome = { kind: 'hello' };
    await s.value(call, MINUTE);
    expect(asked).toHaveLength(1);
    await s.value(s.client.disconnect(), 2_000);
  });

  it('a client actor that was started again asks for them as the app did, without what the server added', async () => {
    const { s, asked } = stageOf();
    const visitor = { id: 'visitor', name: 'V', image: 'http://v.test/v.png' };
    await s.value(s.client.connectGuestUser({ ...visitor, team: 'red' }));
    expect(s.now.user?.id).toBe('guest-visitor');
    s.restart('client');
    await s.until('online', MINUTE);
    expect(asked).toEqual([
      { user: { ...visitor, team: 'red' }, contentType: 'application/json' },
      { user: visitor, contentType: 'application/json' },
    ]);
    await s.value(s.client.disconnect(), 2_000);
  });
});
