import { describe, expect, it } from 'vitest';
import { createActor, SimulatedClock } from 'xstate';
import { DEFAULT_TIMING, sessionMachine } from '../../../src/index.ts';
import { createRecorder } from '../../../visualizer/src/trace/recorder.ts';

/** The chart alone, with actors that do nothing. */
function start() {
  const clock = new SimulatedClock();
  const recorder = createRecorder(() => clock.now());
  const input = { timing: DEFAULT_TIMING, restorable: true, seed: 1, online: true, foreground: true };
  const actor = createActor(sessionMachine, { input, clock, inspect: recorder.inspect });
  actor.start();
  return { actor, clock, recorder };
}

const brief = (recorder: ReturnType<typeof createRecorder>) =>
  recorder.getView().entries.map(({ kind, from, to, name }) => `${kind} ${from}>${to} ${name}`);

describe('what the page writes down of a session', () => {
  it('commands, facts, timers and states, in their order, with who spoke to whom', () => {
    const { actor, clock, recorder } = start();
    actor.send({ type: 'persistence.started' });
    clock.increment(DEFAULT_TIMING.restoreTimeoutMs);
    actor.send({ type: 'network.wentOffline' });
    expect(brief(recorder)).toEqual([
      'state chart>chart restoring',
      'command app>chart persistence.started',
      'state chart>chart restoring',
      'command chart>persistence user.load',
      'timer chart>chart restore.timedOut',
      'state chart>chart loggedOut',
      'device app>chart network.wentOffline',
    ]);
  });

  it('the state, since when, and by which branches: of the last move, and of what was heard since', () => {
    const { actor, clock, recorder } = start();
    clock.increment(7);
    actor.send({ type: 'user.missing', attempt: 99 });
    expect(recorder.getView()).toMatchObject({
      state: 'restoring',
      sinceMs: 0,
      lastMove: [],
      lastStay: ['restoring/user.missing/0'],
    });
    actor.send({ type: 'user.missing', attempt: 0 });
    expect(recorder.getView()).toMatchObject({
      state: 'loggedOut',
      sinceMs: 7,
      lastMove: ['restoring/user.missing/1'],
      lastStay: [],
    });
    const heard = recorder.getView().entries.filter(({ name }) => name === 'user.missing');
    expect(heard.map(({ branches }) => branches)).toEqual([['restoring/user.missing/0'], ['restoring/user.missing/1']]);
  });

  it('a state that is entered again is written down again; what leaves nothing is not a move', () => {
    const { actor, recorder } = start();
    actor.send({ type: 'session.suspend' });
    const states = recorder.getView().entries.filter(({ kind }) => kind === 'state');
    expect(states).toHaveLength(1);
  });

  it('says of an event who and why, and nothing of a user but the id', () => {
    const { actor, recorder } = start();
    const user = { id: 'alice', name: 'Alice of Example Street' };
    actor.send({
      type: 'session.connect',
      call: 1,
      identity: { kind: 'user', id: 'alice', user },
      sourceKey: null,
      online: true,
      foreground: true,
    });
    actor.send({
      type: 'token.failed',
      attempt: 1,
      permanent: false,
      failure: { code: 'tokenUnavailable', message: 'No.', serverCode: 5 },
    });
    const said = recorder.getView().entries.map(({ name, detail }) => `${name}: ${detail}`);
    expect(said).toContain('session.connect: alice');
    expect(said).toContain('token.failed: tokenUnavailable · code 5 · #1');
    expect(JSON.stringify(recorder.getView())).not.toContain('Example Street');
  });

  it('keeps the newest, and forgets all when told to', () => {
    const { recorder } = start();
    for (let index = 0; index < 500; index++) recorder.noteWire('client', 'server', `message ${index}`);
    const { entries } = recorder.getView();
    expect(entries).toHaveLength(400);
    expect(entries.at(-1)?.name).toBe('message 499');
    recorder.clear();
    expect(recorder.getView()).toMatchObject({ entries: [], state: 'restoring' });
  });
});
