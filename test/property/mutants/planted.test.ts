import { describe, expect, it } from 'vitest';
import { sessionMachine } from '../../../src/machines/session.ts';
import { play } from '../../behaviour/stories/index.ts';
import type { SessionMachine } from '../../model/explore/effects.ts';
import { brokenBy } from './law-walk.ts';
import { mutants } from './mutate.ts';

/** What a story says of a statechart with that fault. */
async function messageOf(story: string, mutant: string): Promise<string> {
  const planted = mutants().find(({ id }) => id === mutant);
  if (planted === undefined) throw new Error(`There is no mutant "${mutant}".`);
  return play(story, { machine: planted.machine() }).then(
    () => 'nothing',
    (cause: unknown) => String(cause),
  );
}

/** Stops at the first. */
function some(reasons: Iterable<string>, fits: (reason: string) => boolean): boolean {
  for (const reason of reasons) if (fits(reason)) return true;
  return false;
}

describe('a planted fault is noticed, by a test that says what it is', () => {
  it.each([
    [
      'the stored user is removed on a transient failure',
      'connecting.opening · socket.lost [1] retargeted to disconnecting.forgetting',
      'a transient failure keeps the stored user (law 7)',
      /law 7/,
    ],
    [
      'the retry timer is not cancelled on logout',
      'connecting.waiting exit without cancelRetryTimer',
      'a logout from every state forgets the user, closes, and stays out',
      /law 2: timers when out/,
    ],
    [
      'a second socket is opened when the network returns',
      'connected.healthy · network.cameOnline [0] retargeted to connecting.opening',
      'a network that returns opens no second socket (law 1)',
      /law 1/,
    ],
    [
      'disconnect succeeds before the store is clear',
      ' · session.disconnect [0] retargeted to disconnecting.closing',
      'a logout is answered when the store is clear, and not before (law 6)',
      /law 6/,
    ],
  ])('%s', async (_, mutant, story, message) => {
    expect(await messageOf(story, mutant)).toMatch(message);
    await play(story);
  });

  it.each([
    ['a stale token is accepted after a user switch', /^law 4, .*token\.loaded/],
    ['a late storage answer is taken for a new one', /^law 4, .*user\./],
  ])('%s', (_, message) => {
    const broken = brokenBy(sessionMachine.provide({ guards: { isStale: () => false } }) as SessionMachine);
    expect(some(broken, (reason) => message.test(reason))).toBe(true);
  });
});

it('nothing is broken without a fault, wherever late facts come and all goes well from then on', () => {
  expect([...brokenBy(sessionMachine)]).toEqual([]);
});
