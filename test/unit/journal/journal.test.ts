import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createChatClient, type Journal, recordJournal, replayJournal, SessionError } from '../../../src/index.ts';
import { sessionMachine } from '../../../src/machines/session.ts';
import { startWorld } from '../../kit/world.ts';
import { alice, oneDrop, throughJson, wholeLife } from './journeys.ts';

describe('a journal', () => {
  it('of a whole life replays without divergence, each process by itself', async () => {
    const [first, restored] = await wholeLife();
    for (const { recorder } of [first, restored]) {
      const { steps, divergence } = replayJournal(JSON.stringify(recorder.journal()));
      expect(divergence).toBeNull();
      expect(steps.map(({ replayed }) => replayed.state)).toEqual(recorder.journal().entries.map(({ state }) => state));
    }
    const seen = new Set(first.recorder.journal().entries.map(({ state }) => state));
    expect([...seen].sort()).toEqual([
      'connected.healthy',
      'connected.probing',
      'connecting.offline',
      'connecting.opening',
      'connecting.suspended',
      'connecting.waiting',
      'disconnecting.closing',
      'disconnecting.forgetting',
      'loadingToken',
      'loggedOut',
      'restoring',
    ]);
    expect(restored.recorder.journal().entries.map(({ event }) => event.type)).toContain('user.found');
  });

  it('law 9: holds no byte of a token, and of people nothing but the ids of users', async () => {
    const journeys = await wholeLife();
    const text = JSON.stringify(journeys.map(({ recorder }) => recorder.journal()));
    const tokens = journeys[0].tokens;
    expect(tokens.length).toBeGreaterThan(5);
    for (const token of tokens) {
      for (const part of token.split('.')) expect(text).not.toContain(part);
    }
    for (const personal of ['Liddell', 'wonderland', 'Ross', '555 0100', 'Rodríguez'])
      expect(text).not.toContain(personal);
    for (const id of ['alice', 'bob', 'bender']) expect(text).toContain(id);
  });

  it('replays a new profile, and holds numbers in the place of its values', async () => {
    const { client: create } = await startWorld();
    const client = create();
    const recorder = recordJournal(client);
    const image = { url: 'https://wonderland.example/alice.png' };
    await client.connectUser({ ...alice, image } as never).orThrow();
    await client.connectUser({ ...alice, name: 'Queen Alice', image: { ...image } } as never).orThrow();
    await client.disconnect().orThrow();
    const text = JSON.stringify(recorder.journal());
    const { steps, divergence } = replayJournal(text);
    expect(divergence).toBeNull();
    const users = steps.flatMap(({ recorded: { event } }) => ('identity' in event ? [event.identity.user] : []));
    const [first, second] = users;
    expect(Object.keys(second ?? {})).toEqual(['id', 'name', 'email', 'image']);
    expect(second).toEqual({ ...first, id: 'alice', name: expect.stringMatching(/^#\d+$/) });
    expect(second?.name).not.toBe(first?.name);
    expect(text).not.toMatch(/Queen|wonderland|url/);
  });

  it.each([1, 3, 10])('of the last %i events only starts where the dropped ones led, and replays', async (limit) => {
    const [first, restored] = await wholeLife({ limit });
    for (const { recorder } of [first, restored]) {
      const journal = recorder.journal();
      expect(journal.entries).toHaveLength(limit);
      expect(journal.entries[0]?.afterMs).toBeGreaterThanOrEqual(0);
      expect(replayJournal(throughJson(journal)).divergence).toBeNull();
    }
  });

  it('that begins in the middle of a session replays too', async () => {
    const { server, client: create } = await startWorld();
    const client = create();
    await client.connectUser(alice).orThrow();
    const recorder = recordJournal(client);
    expect(recorder.journal()).toMatchObject({ before: { state: 'connected.healthy' } });
    server.faults.cause({ type: 'closeSockets', closeCode: 1012 });
    await client.disconnect().orThrow();
    const journal = throughJson(recorder.journal());
    expect(journal.entries.at(-1)).toMatchObject({ state: 'loggedOut', event: { type: 'socket.closed' } });
    expect(replayJournal(journal).divergence).toBeNull();
  });

  it('is a value of its own: what happens later is in the next one', async () => {
    const { client: create } = await startWorld();
    const client = create();
    const recorder = recordJournal(client);
    await client.restore().orThrow();
    const early = recorder.journal();
    const before = JSON.stringify(early);
    await client.connectUser(alice).orThrow();
    expect(JSON.stringify(early)).toBe(before);
    recorder.stop();
    const stopped = recorder.journal();
    expect(stopped.entries.length).toBeGreaterThan(early.entries.length);
    await client.disconnect().orThrow();
    expect(recorder.journal()).toEqual(stopped);
  });

  it('reports times from where it starts, by the clock of the client', async () => {
    const { client: create } = await startWorld();
    let now = 1_000_000;
    const client = create({
      clock: {
        setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
        clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
        now: () => now,
      },
    });
    const recorder = recordJournal(client);
    now += 5_000;
    await client.restore().orThrow();
    const { startedAtMs, entries } = recorder.journal();
    expect(startedAtMs).toBe(1_000_000);
    expect(entries[0]).toMatchObject({ afterMs: 5_000, event: { type: 'client.started' } });
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses to keep %d events', (limit) => {
    const client = createChatClient({ apiKey: 'key' });
    expect(() => recordJournal(client, { limit })).toThrowError(
      expect.objectContaining({ code: 'invalidArgument', field: 'limit' }),
    );
  });

  it('refuses an option that there is not', () => {
    const client = createChatClient({ apiKey: 'key' });
    expect(() => recordJournal(client, { limt: 3 } as never)).toThrowError(
      expect.objectContaining({ code: 'invalidArgument', field: 'limt' }),
    );
  });

  it('is kept of clients only', () => {
    expect(() => recordJournal({} as never)).toThrowError(
      expect.objectContaining({ code: 'invalidArgument', field: 'client' }),
    );
  });
});

describe('a journal edited by hand', () => {
  const edit = async (change: (journal: Mutable<Journal>) => void): Promise<unknown> => {
    const journal = throughJson(await oneDrop()) as Mutable<Journal>;
    change(journal);
    return journal;
  };
  const indexOf = ({ entries }: Mutable<Journal>, state: string) => entries.findIndex((entry) => entry.state === state);

  it('is reported with the step where it diverges: another state', async () => {
    let edited = -1;
    const journal = await edit((draft) => {
      edited = indexOf(draft, 'connecting.waiting');
      Object.assign(draft.entries[edited] ?? {}, { state: 'connecting.opening' });
    });
    const { divergence } = replayJournal(journal);
    expect(divergence).toMatchObject({
      index: edited,
      differences: ['state'],
      recorded: { state: 'connecting.opening' },
      replayed: { state: 'connecting.waiting' },
    });
  });

  it('is reported with the step where it diverges: another delay, another count', async () => {
    let edited = -1;
    const journal = await edit((draft) => {
      edited = indexOf(draft, 'connecting.waiting');
      Object.assign(draft.entries[edited] ?? {}, { delayMs: 7, failedAttempts: 9, attempt: 99 });
    });
    expect(replayJournal(journal).divergence).toMatchObject({
      index: edited,
      differences: ['delayMs', 'failedAttempts', 'attempt'],
    });
  });

  it('is reported with the step where it diverges: an event that is gone, one that came from nowhere', async () => {
    let edited = -1;
    const without = await edit((draft) => {
      edited = draft.entries.findIndex(({ event }) => event.type === 'hello.received');
      draft.entries.splice(edited, 1);
    });
    expect(replayJournal(without).divergence).toMatchObject({ index: edited, differences: ['state'] });
    const invented = await edit((draft) => {
      edited = indexOf(draft, 'connected.healthy') + 1;
      const [before] = draft.entries.slice(edited - 1);
      if (before) draft.entries.splice(edited, 0, { ...before, event: { type: 'session.suspend' } });
    });
    expect(replayJournal(invented).divergence).toMatchObject({
      index: edited,
      recorded: { state: 'connected.healthy' },
      replayed: { state: 'connecting.suspended' },
    });
  });

  it('gives each step its transitions, also those of choice states, and none for an event that is not handled', async () => {
    const journal = await edit((draft) => {
      const [first] = draft.entries;
      if (first) draft.entries.unshift({ ...first, event: { type: 'no.such.event' } as never });
    });
    const { steps, divergence } = replayJournal(journal);
    expect(divergence).toBeNull();
    expect(steps[0]?.transitions).toEqual([]);
    const hello = steps.find(({ recorded }) => recorded.event.type === 'hello.received');
    expect(hello?.transitions).toMatchObject([
      { source: 'connecting.opening', branch: expect.any(Number), target: 'connected' },
    ]);
    expect(hello?.transitions[0]?.description).not.toBe('');
    const lost = steps.find(({ recorded }) => recorded.event.type === 'socket.lost');
    expect(lost?.transitions.map(({ source, target }) => [source, target])).toEqual([
      ['connected', 'connecting.failing'],
      ['connecting.failing', 'connecting.waiting'],
    ]);
    for (const { recorded, transitions } of steps) {
      for (const { source, branch, description } of transitions) {
        const node = source.split('.').reduce((parent, name) => parent.states[name] ?? parent, sessionMachine.root);
        const branches = node.transitions.get(recorded.event.type) ?? node.always ?? [];
        expect(branches[branch]?.description ?? '', source).toBe(description);
      }
    }
    expect(hello?.context).toMatchObject({ identity: { id: 'alice' }, reason: 'connected' });
  });

  it('takes each step once, and makes no session for it: a journal of days is replayed in seconds', async () => {
    const journal = await edit(() => {});
    const transition = vi.spyOn(sessionMachine, 'transition');
    const begin = vi.spyOn(sessionMachine, 'getInitialSnapshot');
    onTestFinished(() => void vi.restoreAllMocks());
    const { steps } = replayJournal(journal);
    expect(transition).toHaveBeenCalledTimes(steps.length);
    expect(begin).not.toHaveBeenCalled();
  });
});

describe('what is no journal', () => {
  it.each([
    ['no JSON', '{"format":', 'journal'],
    ['empty text', '', 'journal'],
    ['nothing', null, 'journal'],
    ['something else', { hello: 'world' }, 'journal.format'],
    ['a later version', { format: 'sessionchart/journal', version: 2 }, 'journal.version'],
    ['no version', { format: 'sessionchart/journal' }, 'journal.version'],
    ['a list', [], 'journal'],
  ])('%s is a typed error', (_, json, field) => {
    const error = errorOf(() => replayJournal(json));
    expect(error).toBeInstanceOf(SessionError);
    expect(error).toMatchObject({ code: 'invalidArgument', field });
  });

  it('of another version of the format is reported with both versions', () => {
    const { message } = errorOf(() => replayJournal({ format: 'sessionchart/journal', version: 2 })) as SessionError;
    expect(message).toBe('journal.version: the journal is of version 2, and this package reads version 1');
  });

  it.each([
    ['an entry without an event', (draft: Draft) => delete draft.entries[1].event, 'journal.entries.1.event'],
    [
      'a hole in the place of an entry',
      (draft: Draft) => Reflect.deleteProperty(draft.entries, 1),
      'journal.entries.1',
    ],
    ['a state that there is not', (draft: Draft) => (draft.before.state = 'connecting.napping'), 'journal.before'],
    ['a parent without its substate', (draft: Draft) => (draft.before.state = 'connecting'), 'journal.before'],
    ['half a context', (draft: Draft) => (draft.before.context = { timing: {} }), 'journal.before.context.attempt'],
    [
      'an event that is only its name',
      (draft: Draft) => (draft.entries[1].event = { type: 'session.connect' }),
      'journal.entries.1',
    ],
  ])('%s is a typed error that names the place', async (_, spoil, field) => {
    const draft = throughJson(await oneDrop());
    spoil(draft as unknown as Draft);
    expect(errorOf(() => replayJournal(draft))).toMatchObject({ code: 'invalidArgument', field });
  });

  it.each([
    ['startedAtMs', 'today'],
    ['startedAtMs', -1],
    ['startedAtMs', 1e16],
    ['before.state', 7],
    ['before.context.timing', null],
    ['before.context.timing', { helloTimeoutMs: 'long' }],
    ['before.context.attempt', '1'],
    ['before.context.login.sourceKey', null],
    ['before.context.pacing.random', null],
    ['before.context.pacing.delayMs', null],
    ['before.context.storage.attempt', null],
    ['before.context.device.online', 1],
    ['entries', {}],
    ['entries.1.afterMs', null],
    ['entries.1.state', null],
    ['entries.1.delayMs', null],
    ['entries.1.failedAttempts', null],
    ['entries.1.attempt', null],
    ['entries.1.event.type', null],
  ])('one whose %s is %j is a typed error that names it', async (path, value) => {
    const draft = throughJson(await oneDrop());
    const names = path.split('.');
    const name = names.pop() ?? '';
    Object.assign(
      names.reduce<object>((part, each) => Reflect.get(part, each), draft),
      { [name]: value },
    );
    expect(errorOf(() => replayJournal(draft))).toMatchObject({ code: 'invalidArgument', field: `journal.${path}` });
  });
});

type Mutable<Value> = {
  -readonly [Key in keyof Value]: Value[Key] extends readonly (infer Item)[] ? Item[] : Value[Key];
};

/** A journal of which nothing is known any more. */
interface Draft {
  before: { state: string; context: unknown };
  entries: Record<number, { event?: unknown }> & { 1: { event?: unknown } };
}

function errorOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return expect.fail('it did not throw');
}
