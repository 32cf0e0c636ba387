import { describe, expect, it } from 'vitest';
import { assign } from 'xstate';
import { liveSessionMachine } from '../../../src/client/session-actor.ts';
import { takeBatch, tell } from './run.ts';

/*
 * Walks that find nothing prove nothing, unless they find what is there: each of these statecharts has one fault.
 */

const nothing = () => {};
type Implementations = Parameters<typeof liveSessionMachine.provide>[0];

const FAULTS: Readonly<Record<string, Implementations>> = {
  'the retry timer runs on': { actions: { cancelRetryTimer: nothing } },
  'the socket is left open': { actions: { closeSocket: nothing } },
  'another user may join': { guards: { isOtherUser: () => false } },
  'nothing is retried': { actions: { startRetryTimer: nothing } },
  'a logout keeps the user': { guards: { shouldForgetUser: () => false } },
  'the user who is logged out goes on loading': { actions: { endSession: nothing } },
  'a removal that fails counts as done': {
    actions: {
      markNotForgotten: assign(({ context }) => ({ storage: { ...context.storage, forgotten: 'yes' as const } })),
    },
  },
  'storage is watched for ever': { actions: { unwatchStore: nothing } },
  'a retry is granted at every moment': { guards: { hasQuickRetry: () => true } },
  'a probe never ends': { actions: { startProbeTimer: nothing } },
  'the end is not reported': { actions: { emitClosed: nothing } },
};

describe('walks find a statechart in which', () => {
  it.each(Object.entries(FAULTS))('%s', { timeout: 60_000 }, async (_, implementations) => {
    const machine = liveSessionMachine.provide(implementations);
    const finding = await takeBatch({ seed: 1, runs: 3_000, unshrunk: true, machine });
    expect(finding?.reason).toMatch(/^LawViolation: law \d/);
    expect(finding && tell(finding)).toMatch(/again: npm run walk -- --seed \d+ --path \d/);
  });
});
