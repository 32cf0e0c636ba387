import { describe, expect, it } from 'vitest';
import { Session } from '../../../src/client/session.ts';
import type { SessionParts } from '../../../src/client/session-parts.ts';
import { ChatClient } from '../../../src/index.ts';
import { Backend } from '../../../src/testing/index.ts';
import { alice, bob, carol, Stage, type StageOptions } from '../harness.ts';

const stageOf = (options?: StageOptions) => new Stage({ machine: undefined }, options);

describe('switchUser()', () => {
  it('law 7: to a user without a token source it logs no one out', async () => {
    const s = stageOf({ tokenProvider: undefined });
    await s.value(s.client.connectUser(alice, s.backend.issue('alice')));
    await s.pass(1_000);
    expect(await s.error(s.client.switchUser(bob))).toBe('tokenSourceMissing');
    expect(await s.error(s.client.connectUser(bob))).toBe('tokenSourceMissing');
    expect([s.now.status, s.now.user, s.backend.stored]).toEqual(['online', alice, alice]);
    await s.value(s.client.switchUser(alice));
    await s.value(s.client.disconnect(), 2_000);
  });

  it('where no user is logged in it is a login, and shows no logout', async () => {
    const s = stageOf();
    await s.value(s.client.restore());
    await s.value(s.client.switchUser(alice));
    expect(s.statuses).not.toContain('loggingOut');
    await s.value(s.client.disconnect(), 2_000);
  });

  it('takes the place of a user who waits for the end of a session', async () => {
    const s = stageOf();
    await s.online();
    void s.client.disconnect();
    const waiting = s.client.connectUser(bob);
    const back = s.client.switchUser(alice);
    const next = s.client.switchUser(carol);
    expect(await s.error(waiting, 2_000)).toBe('loggedOut');
    expect(await s.error(back, 2_000)).toBe('loggedOut');
    expect(await s.value(next, 2_000)).toMatchObject({ user: carol });
    expect(s.backend.requests.map(({ userId }) => userId)).toEqual(['alice', 'carol']);
    await s.value(s.client.disconnect(), 2_000);
  });
});

it('law 9: the token of a user whose session is over is not kept', async () => {
  const backend = new Backend();
  const sources: SessionParts['tokenSources'][] = [];
  const client = new ChatClient(backend.options(), (parts: SessionParts) => {
    sources.push(parts.tokenSources);
    return new Session(parts);
  });
  const held = () => [1, 2].map((key) => sources[0]?.get(key) !== undefined);
  void client.connectUser(alice, backend.issue('alice'));
  await backend.clock.advance(1_000);
  expect(held()).toEqual([true, false]);
  void client.switchUser(bob, backend.issue('bob'));
  await backend.clock.advance(1_000);
  expect(held()).toEqual([false, true]);
  await client.dispose();
  expect(held()).toEqual([false, false]);
});
