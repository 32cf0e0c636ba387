import { expect, it, onTestFinished, vi } from 'vitest';
import { createActor } from 'xstate';
import { DEFAULT_TIMING, sessionMachine, studio } from '../../../src/index.ts';

it('studio() on a platform without a WebSocket says so, once, and where to get one', () => {
  vi.stubGlobal('WebSocket', undefined);
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  onTestFinished(() => {
    vi.unstubAllGlobals();
    warn.mockRestore();
  });
  const inspect = studio();
  expect(warn).not.toHaveBeenCalled();
  const input = { timing: DEFAULT_TIMING, restorable: true, seed: 1, online: true, foreground: true };
  const actor = createActor(sessionMachine, { input, inspect });
  actor.start();
  actor.send({ type: 'network.wentOffline' });
  actor.send({ type: 'network.cameOnline' });
  actor.stop();
  expect(warn).toHaveBeenCalledTimes(1);
  expect(String(warn.mock.calls[0]?.[0])).toContain('sessionchart/node');
});
