import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import { DEFAULT_TIMING, replayJournal, sessionMachine } from '../../../src/index.ts';
import { VirtualClock } from '../../../src/testing/index.ts';
import { differences } from '../../../visualizer/src/trace/diff.ts';
import { type Entry, positionAt } from '../../../visualizer/src/trace/entry.ts';
import { journalOf } from '../../../visualizer/src/trace/journal-of.ts';
import { createRecorder } from '../../../visualizer/src/trace/recorder.ts';

/** The chart alone, with actors that do nothing. */
function start(earlier: readonly Entry[] = []) {
  const clock = new VirtualClock(0);
  const recorder = createRecorder(() => clock.now(), earlier);
  const input = { timing: DEFAULT_TIMING, restorable: true, seed: 1, online: true, foreground: true };
  const actor = createActor(sessionMachine, { input, clock, inspect: recorder.inspect });
  actor.start();
  return { actor, clock, recorder };
}

const brief = (recorder: ReturnType<typeof createRecorder>) =>
  recorder.log.get().entries.map(({ kind, from, to, name }) => `${kind} ${from}>${to} ${name}`);

describe('what the page writes down of a session', () => {
  it('commands, facts, timers and states, in their order, with who sent what to which actor', async () => {
    const { actor, clock, recorder } = start();
    actor.send({ type: 'persistence.started' });
    await clock.advance(DEFAULT_TIMING.restoreTimeoutMs);
    actor.send({ type: 'network.wentOffline' });
    expect(brief(recorder)).toEqual([
      'state chart>chart restoring',
      'command app>chart persistence.started',
      'state chart>chart restoring',
      'command chart>persistence user.load',
      'timer chart>chart restore.timedOut',
      'state chart>chart loggedOut',
      'command chart>persistence storage.abandon',
      'device app>chart network.wentOffline',
    ]);
  });

  it('the state, since when, and by which branches: of the last move, and of what was heard since', async () => {
    const { actor, clock, recorder } = start();
    await clock.advance(7);
    actor.send({ type: 'user.missing', attempt: 99 });
    expect(recorder.position.get()).toMatchObject({
      state: 'restoring',
      sinceMs: 0,
      lastMove: [],
      lastStay: ['restoring/user.missing/0'],
    });
    actor.send({ type: 'user.missing', attempt: 0 });
    expect(recorder.position.get()).toMatchObject({
      state: 'loggedOut',
      sinceMs: 7,
      lastMove: ['restoring/user.missing/1'],
      lastStay: [],
    });
    const heard = recorder.log.get().entries.filter(({ name }) => name === 'user.missing');
    expect(heard.map(({ step }) => step?.branches)).toEqual([
      ['restoring/user.missing/0'],
      ['restoring/user.missing/1'],
    ]);
  });

  it('a state that is entered again is written down again; what leaves nothing is not a move', () => {
    const { actor, recorder } = start();
    actor.send({ type: 'session.suspend' });
    const states = recorder.log.get().entries.filter(({ kind }) => kind === 'state');
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
    const said = recorder.log.get().entries.map(({ name, detail }) => `${name}: ${detail}`);
    expect(said).toContain('session.connect: alice');
    expect(said).toContain('token.failed: tokenUnavailable · code 5 · #1');
    expect(JSON.stringify(journalOf(recorder.log.get().entries))).not.toContain('Example Street');
    expect(JSON.stringify(recorder.log.get().entries.map(({ detail }) => detail))).not.toContain('Example Street');
  });

  it('chat traffic does not push the session out: each kind has room of its own, and what was dropped is counted', () => {
    const { actor, recorder } = start();
    for (let index = 0; index < 3_000; index++) recorder.noteWire('client', 'server', `message ${index}`);
    actor.send({ type: 'network.wentOffline' });
    const { entries, dropped } = recorder.log.get();
    const kept = entries.filter(({ kind }) => kind === 'wire');
    expect(kept.length).toBeGreaterThanOrEqual(500);
    expect(kept.length + (dropped.wire ?? 0)).toBe(3_000);
    expect(kept.at(-1)?.name).toBe('message 2999');
    expect(entries[0]).toMatchObject({ kind: 'state', name: 'restoring' });
    recorder.clear();
    expect(recorder.log.get()).toEqual({ entries: [], dropped: {} });
    expect(recorder.position.get().state).toBe('restoring');
  });

  it('a journal begins after the last gap: what was kept over a reload does not lead to what came after it', () => {
    const before = start();
    before.actor.send({ type: 'persistence.started' });
    before.actor.send({ type: 'network.wentOffline' });
    const kept = JSON.parse(JSON.stringify(before.recorder.log.get().entries)) as readonly Entry[];
    const whole = journalOf(kept);
    expect(whole && replayJournal(whole).divergence).toBeNull();
    expect(whole?.entries).toHaveLength(2);

    const { actor, recorder } = start(kept);
    actor.send({ type: 'network.cameOnline' });
    actor.send({ type: 'network.wentOffline' });
    const journal = journalOf(recorder.log.get().entries);
    expect(journal?.entries.map(({ event }) => event.type)).toEqual(['network.cameOnline', 'network.wentOffline']);
    expect(journal && replayJournal(journal).divergence).toBeNull();
  });

  it('keeps 5,000 entries of each lifecycle kind', () => {
    const { actor, recorder } = start();
    for (let index = 0; index < 5_000; index++)
      actor.send({ type: index % 2 ? 'network.cameOnline' : 'network.wentOffline' });
    expect(recorder.log.get().entries.filter(({ kind }) => kind === 'device')).toHaveLength(5_000);
    expect(recorder.log.get().dropped).toEqual({});
  });

  it('with an entry come the event, the branches and what changed; choice states are passed, not entered', () => {
    const { actor, recorder } = start();
    actor.send({ type: 'session.suspend' });
    actor.send({ type: 'user.found', attempt: 0, user: { id: 'alice' } });
    const { entries } = recorder.log.get();
    const found = entries.find(({ name }) => name === 'user.found');
    expect(found?.payload).toMatchObject({ user: { id: 'alice' } });
    expect(found?.step).toMatchObject({ from: 'restoring', to: 'connecting.suspended', moved: true });
    expect(found?.step?.branches).toEqual(['restoring/user.found/1', 'connecting.starting//0']);
    expect(differences(found?.step?.before, found?.step?.after).map(({ path }) => path)).toContain('identity');
    expect(entries.map(({ name }) => name)).not.toContain('connecting.starting');
    expect(positionAt(entries, entries[0]?.id ?? 0).state).toBe('restoring');
    expect(positionAt(entries, found?.id ?? 0)).toMatchObject({ state: 'connecting.suspended', from: 'restoring' });
  });

  it('stands in the order of time, also from elsewhere, where a snapshot comes after the commands of its entry', async () => {
    const { actor, clock, recorder } = start();
    await clock.advance(5);
    actor.send({ type: 'persistence.started' });
    const times = recorder.log.get().entries.map(({ atMs }) => atMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });
});
