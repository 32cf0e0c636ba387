import * as frozen from '@xstate/graph';
import { expect, it } from 'vitest';
import * as current from 'xstate/graph';
import { sessionMachine } from '../../src/machines/session.ts';
import type { SessionEvent } from '../../src/machines/types.ts';
import { DEFAULT_TIMING } from '../../src/timing.ts';

/*
 * The statechart as people take it who have a graph package already: `@xstate/graph`, which is no longer changed, and
 * `xstate/graph`, in which it lives on. Both find the same ways.
 */

const options = {
  input: { timing: DEFAULT_TIMING, restorable: true, seed: 1, online: true, foreground: true },
  events: [
    { type: 'client.started' },
    { type: 'persistence.started' },
    { type: 'network.wentOffline' },
    { type: 'network.cameOnline' },
  ] as unknown as SessionEvent[],
  serializeState: (state: { readonly value: unknown }) => JSON.stringify(state.value),
  limit: 1_000,
};

it('@xstate/graph takes the machine, and finds the paths of xstate/graph', () => {
  const ways = (paths: readonly { readonly steps: readonly { readonly event: { readonly type: string } }[] }[]) =>
    paths.map(({ steps }) => steps.map(({ event }) => event.type));
  const found = ways(current.createTestModel(sessionMachine).getShortestPaths(options));
  expect(found.length).toBeGreaterThan(0);
  expect(ways(frozen.createTestModel(sessionMachine).getShortestPaths(options))).toEqual(found);
});
