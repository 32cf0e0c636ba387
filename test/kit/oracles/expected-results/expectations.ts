import { expect } from 'vitest';
import { leafOf, type SystemUnderTest } from '../../../../src/testing/index.ts';
import type { PathStep } from '../../../model/explore/path-cover.ts';
import type { MadeCall } from '../../../model/real/calls.ts';
import type { SessionWorld } from '../../../model/real/session-world.ts';

/*
 * What the laws promise, seen from outside: at the server, in the record, in the results of calls, on the clock.
 */

type Check = (world: SessionWorld, step: PathStep) => void | Promise<void>;

const seenCalls = new WeakMap<SessionWorld, number>();

/** The expectedResults learns of every step, and of the calls that were made by it, before anything is judged. */
const seeStep: Check = (world, step) => {
  const { all } = world.calls;
  const seen = seenCalls.get(world) ?? 0;
  seenCalls.set(world, all.length);
  const made = all.slice(seen);
  world.expectedResults.see(step, made);
};

const state = ({ after }: PathStep) => leafOf(after.snapshot);

const say = ({ words, results }: MadeCall) =>
  `${words}: ${results.map((result) => (result.success ? 'success' : result.error.code)).join(' and ') || 'pending'}`;

const law1: Check = ({ server }) => {
  expect(server.counts().highestOpen).toBeLessThanOrEqual(1);
};

const law2: Check = ({ server, clock, environment, repository, tokens, client }, step) => {
  const open = server.connects().filter(({ isOpen }) => isOpen);
  if (['connecting.waiting', 'connecting.offline', 'connecting.suspended', 'loadingToken'].includes(state(step))) {
    // None but one that the client is closing.
    expect(open.filter(({ clientCloseCode }) => clientCloseCode === null)).toEqual([]);
  }
  if (state(step) !== 'loggedOut') return;
  expect(server.counts().openNow).toBe(0);
  expect({ timers: clock.running, watchers: repository.watchers, devices: environment.listeners }).toEqual({
    timers: [],
    watchers: 0,
    devices: 0,
  });
  expect(tokens.awaited).toBeUndefined();
  expect(client.getSnapshot().connectionId).toBe(null);
};

const law3: Check = ({ expectedResults }) => {
  for (const { call, expected } of expectedResults.calls) {
    const { results } = call;
    if (expected === 'pending') {
      expect(results, say(call)).toEqual([]);
      continue;
    }
    expect(results, say(call)).toHaveLength(1);
    const [result] = results;
    if (expected === 'success') expect(result?.success, say(call)).toBe(true);
    else expect(result?.success === false && expected.failure.includes(result.error.code), say(call)).toBe(true);
  }
};

const law4: Check = ({ server, path }) => {
  const users = new Set(['alice', 'bob', '!anon', 'visitor']);
  for (const { userId, token, authType } of server.connects()) {
    const isKnown = users.has(userId ?? '') || userId?.startsWith('guest-') === true;
    expect(isKnown, `${userId} in ${path.name}`).toBe(true);
    if (authType === 'anonymous') expect(token ?? '').toBe('');
    else expect(JSON.parse(atob(token?.split('.')[1] ?? '')).user_id).toBe(userId);
  }
};

const law6: Check = ({ expectedResults }) => {
  for (const { call } of expectedResults.calls) {
    if (call.kind === 'disconnect' && call.forgetUser === true && call.results[0]?.success === true) {
      expect(call.recordAtAnswer, 'who is stored when a logout succeeds').toBe(null);
    }
  }
};

/** Whatever was done to the record since the step before, and whether someone was entitled to it. */
const law7: Check = ({ expectedResults, repository }) => {
  for (const change of repository.changes.splice(0)) {
    if (change.kind === 'removed') {
      expect(expectedResults.mayBeRemoved(change.was.id), `${change.was.id} may be removed`).toBe(true);
    } else {
      expect(expectedResults.mayBeStored(change.user.id), `${change.user.id} may be stored`).toBe(true);
      expectedResults.noteStored(change.user.id);
    }
  }
};

const law10: Check = ({ client, server }, step) => {
  const isConnected = state(step).startsWith('connected');
  expect(client.getSnapshot().connectionId !== null).toBe(isConnected);
  if (!isConnected) return;
  const holding = server.connects().filter(({ isOpen, clientCloseCode }) => isOpen && clientCloseCode === null);
  expect(holding.map(({ connectionId }) => connectionId)).toEqual([client.getSnapshot().connectionId]);
  const { identity } = step.after.snapshot.context;
  if (identity?.kind === 'user') expect(holding[0]?.userId).toBe(identity.id);
};

/** What has come with a step is judged after the last of it. */
const atRest =
  (check: Check): Check =>
  (world, step) => {
    if (!world.isAhead(step)) return check(world, step);
  };

export const INVARIANTS: SystemUnderTest<SessionWorld, PathStep>['invariants'] = {
  'it is where the path says, and stays there': (world, step) => world.settle(step),
  'law 1: one socket': law1,
  'law 2: quiet when out': atRest(law2),
  'law 3: every call settles, exactly once': (world, step) => {
    seeStep(world, step);
    return atRest(law3)(world, step);
  },
  'law 4: no one travels with the token of another': law4,
  'law 6: a logout succeeds when no one is stored': law6,
  'law 7: only who may be is removed, only who was connected is stored': law7,
  'law 10: connected is what the server says': atRest(law10),
};
