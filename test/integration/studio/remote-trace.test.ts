import { describe, expect, it } from 'vitest';
import { toFrame, toText } from '../../../src/inspect/frames.ts';
import { createRemoteTrace, type RemoteFrame, type RemoteTrace } from '../../../visualizer/src/studio/remote-trace.ts';
import type { LogView, Position } from '../../../visualizer/src/trace/entry.ts';
import { createRecorder } from '../../../visualizer/src/trace/recorder.ts';
import { wholeLife } from '../../unit/journal/journeys.ts';

interface Traced {
  readonly position: Position;
  readonly log: LogView;
}

const NOW_MS = 1_700_000_000_000;

describe('what the page makes of frames', () => {
  it('is what it makes of a session of its own: entries, states, and the branches that were taken', async () => {
    const recorders: Traced[] = [];
    const remotes: Traced[] = [];
    let recorder = createRecorder(() => NOW_MS);
    let remote: RemoteTrace | null = null;
    const [first, restored] = await wholeLife({
      inspect: (inspection) => {
        const frame = toFrame(inspection, NOW_MS);
        if (frame?.type === '@xstate.actor' && frame.sessionId === frame.rootId) {
          recorder = createRecorder(() => NOW_MS);
          remote = createRemoteTrace(JSON.parse(toText(frame)) as RemoteFrame);
          recorders.push({ position: recorder.position.get(), log: recorder.log.get() });
          remotes.push(remote.get());
        }
        recorder.inspect(inspection);
        if (frame !== null) remote?.take(JSON.parse(toText(frame)) as RemoteFrame);
        recorders[recorders.length - 1] = { position: recorder.position.get(), log: recorder.log.get() };
        if (remote !== null) remotes[remotes.length - 1] = remote.get();
      },
    });
    expect(recorders).toHaveLength(2);
    for (const [index, { recorder: journal }] of [first, restored].entries()) {
      const remote = remotes[index];
      const seen = recorders[index];
      expect(remote?.log.entries.length).toBeGreaterThan(journal.journal().entries.length);
      expect(remote && heard(remote)).toEqual(seen && heard(seen));
      expect(remote?.position.state).toBe(seen?.position.state);
      expect(remote?.position.lastMove).toEqual(seen?.position.lastMove);
      expect(remote?.position.lastStay).toEqual(seen?.position.lastStay);
    }
  });

  it('of a statechart that is none of this library is its states, and transitions where there is no choice', () => {
    const definition = JSON.stringify({
      id: 'lamp',
      initial: 'off',
      states: {
        off: { on: { flip: 'on' } },
        on: { on: { flip: [{ guard: 'isWarm', target: 'off' }, { target: 'on' }] } },
      },
    });
    const frame = { sessionId: 'x:0', rootId: 'x:0', createdAt: String(NOW_MS) };
    const trace = createRemoteTrace({ ...frame, type: '@xstate.actor', definition, sender: { name: 'lamp' } });
    const go = (type: string, value: string) => {
      trace.take({ ...frame, type: '@xstate.event', event: { type } });
      trace.take({
        ...frame,
        type: '@xstate.snapshot',
        event: { type },
        snapshot: { status: 'active', value, context: {} },
      });
    };
    go('xstate.init', 'off');
    expect([...(trace.get().chart?.states.keys() ?? [])]).toEqual(['off', 'on']);
    go('flip', 'on');
    expect(trace.get().position).toMatchObject({ state: 'on', lastMove: ['off/flip/0'] });
    go('flip', 'off');
    // Which branch it was is not known here, and no other one is claimed.
    expect(trace.get().position).toMatchObject({ state: 'off', lastMove: [] });
    trace.take({
      ...frame,
      type: '@xstate.snapshot',
      event: { type: 'xstate.stop' },
      snapshot: { status: 'stopped', value: 'off' },
    });
    expect(trace.get().phase).toBe('over');
  });

  it.each([
    ['a definition that is no JSON', '{'],
    ['an actor that is no statechart', '{"id":"promise"}'],
    ['none', undefined],
  ])('of %s is an actor without a chart', (_, definition) => {
    const frame = { type: '@xstate.actor', sessionId: 'x:0', ...(definition !== undefined && { definition }) };
    expect(createRemoteTrace(frame).get()).toMatchObject({ chart: null, phase: 'live', program: 'a program' });
  });
});

/** What was sent to which actor, and the states; where an event waited for its turn, they stand in another order. */
function heard({ log }: Traced) {
  const all = log.entries.map(({ kind, from, to, name, detail, step }) => ({
    kind,
    from,
    to,
    name,
    detail,
    branches: step?.branches ?? [],
  }));
  return { sent: all.filter(({ kind }) => kind !== 'state'), states: all.filter(({ kind }) => kind === 'state') };
}
