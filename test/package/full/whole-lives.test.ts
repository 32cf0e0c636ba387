import { describe, expect, it } from 'vitest';
import { sessionMachine } from '../../../src/machines/session.ts';
import type { SessionMachine } from '../../model/explore/effects.ts';
import { lifecycleGraph } from '../../model/explore/paths.ts';
import { temporalBreaches } from '../../model/temporal.ts';

type Implementations = Parameters<typeof sessionMachine.provide>[0];

const breachesOf = (implementations: Implementations) =>
  temporalBreaches(lifecycleGraph(sessionMachine.provide(implementations) as SessionMachine));

describe('the laws of whole lives, over the graph of a statechart with a fault,', { timeout: 300_000 }, () => {
  it.each<[string, Implementations, RegExp]>([
    ['nothing is retried', { actions: { startRetryTimer: () => {} } }, /^law 8, .* connected can be reached/],
    ['a close is not bounded', { actions: { startCloseTimer: () => {} } }, /^law 5, .* comes to its end/],
    ['a removal is not bounded', { actions: { startClearTimer: () => {} } }, /^law 5, .* comes to its end/],
    [
      'refused tokens are replaced for ever',
      { guards: { isReloadPaced: () => false, isFinalRefusal: () => false } },
      /^law 8, .* round in circles/,
    ],
  ])('are broken where %s', (_, implementations, breach) => {
    expect(breachesOf(implementations)).toContainEqual(expect.stringMatching(breach));
  });
});
