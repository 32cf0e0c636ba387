import { describe, expect, it } from 'vitest';
import { assign } from 'xstate';
import { liveSessionMachine } from '../../../src/client/running-chart.ts';
import { takeBatch, tell } from './run.ts';

/*
 * Walks that find nothing prove nothing, unless they find what is there: each of these statecharts has one fault.
 */

const nothing = () => {};
type Implementations = Parameters<typeof liveSessionMachine.provide>[0];

/** Each with a seed whose walks soon come to it. */
const FAULTS: Readonly<Record<string, readonly [seed: number, Implementations]>> = {
  'the retry timer runs on': [1, { actions: { cancelRetryTimer: nothing } }],
  'the socket is left open': [1, { actions: { closeSocket: nothing } }],
  'another user may join': [10, { guards: { isThisUser: () => true } }],
  'nothing is retried': [1, { actions: { startRetryTimer: nothing } }],
  'a logout keeps the user': [1, { guards: { shouldForgetUser: () => false } }],
  'the user who is logged out goes on loading': [3, { actions: { endSession: nothing } }],
  'a removal that fails counts as done': [
    7,
    {
      actions: {
        markNotForgotten: assign(({ context }) => ({ storage: { ...context.storage, forgotten: 'yes' as const } })),
      },
    },
  ],
  'storage is watched for ever': [1, { actions: { unwatchStore: nothing } }],
  'a retry is granted at every moment': [1, { guards: { hasQuickRetry: () => true } }],
  'a probe never ends': [5, { actions: { startProbeTimer: nothing } }],
  'the end is not reported': [1, { actions: { emitClosed: nothing } }],
};

describe('walks find a statechart in which', () => {
  it.each(Object.entries(FAULTS))('%s', async (_, [seed, implementations]) => {
    const machine = liveSessionMachine.provide(implementations);
    const finding = await takeBatch({ seed, runs: 3_000, unshrunk: true, machine });
    expect(finding?.reason).toMatch(/^LawViolation: law \d/);
    expect(finding && tell(finding)).toMatch(/again: npm run walk -- --seed \d+ --path \d/);
  });
});
