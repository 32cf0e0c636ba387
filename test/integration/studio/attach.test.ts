import { createInspector, createWebSocketInspector } from '@statelyai/inspect';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { InspectionEvent } from 'xstate';
import { createChatClient } from '../../../src/index.ts';
import { toFrame, toText } from '../../../src/inspect/frames.ts';
import { studio } from '../../../src/node.ts';
import { startStudio } from '../../../src/tools/studio/index.ts';
import { startWorld, until } from '../../kit/world.ts';
import { wholeLife } from '../../unit/journal/journeys.ts';
import { CONNECTED, openStudio, receive, stateOf, untilState } from './watching.ts';

describe('studio()', () => {
  it('says on the wire what the sender of @statelyai/inspect says', async () => {
    const { client: create } = await startWorld();
    const ours: unknown[] = [];
    const theirs: unknown[] = [];
    const timeless = (frame: unknown) => JSON.parse(toText({ ...(frame as object), createdAt: '' })) as unknown;
    const inspector = createInspector({ send: (frame) => void theirs.push(timeless(frame)) });
    // Theirs reads snapshots of actors later, when there are some; ours has those that follow.
    const stable = (frame: unknown) => {
      const { snapshot, definition, ...rest } = frame as { type: string; snapshot: object; definition?: string };
      if (rest.type !== '@xstate.actor') return frame;
      return { ...rest, definition: JSON.parse(definition ?? '') as unknown };
    };
    const client = create({
      inspect: (inspection: InspectionEvent) => {
        const frame = toFrame(inspection, 0);
        if (frame !== null) ours.push(timeless(frame));
        inspector.inspect.next?.(inspection);
      },
    });
    await client.connectUser({ id: 'alice' }).orThrow();
    await client.disconnect().orThrow();
    await client.dispose();
    await vi.waitFor(() => expect(theirs).toHaveLength(ours.length));
    expect(ours.length).toBeGreaterThan(40);
    expect(ours.map(stable)).toEqual(theirs.map(stable));
  });

  it('shows a session from its start to its end, under a name', async () => {
    const { relayUrl } = await openStudio();
    const page = receive(relayUrl);
    const { server, client: create } = await startWorld();
    // The wait outlasts what a busy machine takes to show it.
    const timing = { backoffBaseMs: 60_000, backoffCapMs: 60_000 };
    const client = create({ inspect: studio({ url: relayUrl, name: 'my bot' }), timing });
    await client.connectUser({ id: 'alice' }).orThrow();
    await untilState(page, CONNECTED);
    expect(page[0]).toMatchObject({ type: '@xstate.actor', name: 'session', sender: { name: 'my bot' } });
    server.faults.cause({ type: 'dropSockets' });
    await until(client, 'waiting');
    await untilState(page, { connecting: 'waiting' });
    await client.disconnect().orThrow();
    await untilState(page, 'loggedOut');
    await client.dispose();
    await vi.waitFor(() => expect(page.at(-1)?.type).toBe('@sessionchart.left'));
    const end = page.findLast(({ sessionId, rootId, type }) => sessionId === rootId && type === '@xstate.snapshot');
    expect(end?.snapshot?.status).toBe('stopped');
  });

  it('shows two clients of one program over one socket', async () => {
    const { relayUrl } = await openStudio();
    const page = receive(relayUrl);
    const { client: create } = await startWorld();
    const inspect = studio({ url: relayUrl });
    const [alice, bob] = [create({ inspect }), create({ inspect })];
    await Promise.all([alice.connectUser({ id: 'alice' }), bob.connectUser({ id: 'bob' })]);
    const roots = () => page.filter(({ type, parentId }) => type === '@xstate.actor' && parentId === undefined);
    await vi.waitFor(() => expect(roots()).toHaveLength(2));
    for (const { sessionId } of roots()) await untilState(page, CONNECTED, sessionId);
    expect(new Set(roots().map(({ sessionId }) => sessionId.split('/')[0]))).toEqual(new Set(['1']));
    await alice.dispose();
    await bob.disconnect().orThrow();
    await untilState(page, 'loggedOut', roots()[1]?.sessionId);
  });

  it('is inert until a session starts', async () => {
    const { relayUrl } = await openStudio();
    const sockets: string[] = [];
    class Counted extends WebSocket {
      constructor(url: string) {
        super(url);
        sockets.push(url);
      }
    }
    const { client: create } = await startWorld();
    const client = create({ inspect: studio({ url: relayUrl, WebSocket: Counted }) });
    await client.dispose();
    expect(sockets).toEqual([]);
    const used = create({ inspect: studio({ url: relayUrl, WebSocket: Counted }) });
    await used.restore().orThrow();
    expect(sockets).toHaveLength(1);
  });

  it('without a studio does nothing, says nothing, and tries less and less often', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const gone = await startStudio({ port: 0 });
    await gone.close();
    let attempts = 0;
    class Counted extends WebSocket {
      constructor(url: string) {
        super(url);
        attempts += 1;
      }
    }
    const { client: create, diagnostics } = await startWorld();
    const client = create({ inspect: studio({ url: gone.relayUrl, WebSocket: Counted }) });
    const rounds = async (count: number) => {
      for (let round = 0; round < count; round++) {
        await client.connectUser({ id: 'alice' }).orThrow();
        await client.disconnect().orThrow();
      }
    };
    await rounds(2);
    expect(attempts).toBe(1);
    vi.advanceTimersByTime(61_000);
    await rounds(2);
    expect(attempts).toBe(2);
    expect(diagnostics).toEqual([]);
  });

  it('sends a studio that is found late what happened, and one that comes back', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const first = await startStudio({ port: 0 });
    const port = Number(new URL(first.url).port);
    await first.close();
    const { client: create } = await startWorld();
    const client = create({ inspect: studio({ url: first.relayUrl }) });
    await client.connectUser({ id: 'alice' }).orThrow();

    for (const [round, expected] of ['late', 'again'].entries()) {
      const found = await startStudio({ port });
      const page = receive(found.relayUrl);
      vi.advanceTimersByTime(61_000);
      client.suspend();
      await until(client, 'suspended');
      client.resume();
      await until(client, 'online');
      // What happened before is reported first: the session is connected in it, too.
      const resumed = () =>
        page.filter(({ type, event }) => type === '@xstate.event' && event?.type === 'session.resume');
      await vi.waitFor(() => expect(resumed()).toHaveLength(round + 1));
      await untilState(page, CONNECTED);
      const heard = page.map(({ event }) => event?.type);
      expect(heard, expected).toEqual(expect.arrayContaining(['session.connect', 'session.suspend', 'hello.received']));
      expect(
        page.filter(({ type }) => type === '@xstate.actor'),
        expected,
      ).toHaveLength(3);
      await found.close();
    }
  });

  it.each([
    ['no address', 'studio'],
    ['another protocol', 'http://127.0.0.1:8789'],
    ['a path', 'ws://127.0.0.1:8789/relay'],
    ['a user', 'ws://me@127.0.0.1'],
    ['a number', 8789],
  ])('refuses a url that is %s', (_, url) => {
    expect(() => studio({ url: url as string })).toThrowError(
      expect.objectContaining({ code: 'invalidArgument', field: 'url' }),
    );
  });

  it('law 9: no frame of a whole life holds a byte of a token, by our sender or by theirs', async () => {
    const { relayUrl } = await openStudio();
    const page = receive(relayUrl);
    const theirs = createWebSocketInspector({ url: relayUrl });
    onTestFinished(() => theirs.stop());
    const ours = studio({ url: relayUrl });
    const [{ tokens }] = await wholeLife({
      inspect: (inspection) => {
        ours(inspection);
        theirs.inspect.next?.(inspection);
      },
    });
    for (const program of ['1', '2']) {
      await vi.waitFor(() => {
        const own = page.filter(({ sessionId }) => sessionId.startsWith(`${program}/`));
        expect(own.findLast(({ event }) => event?.type === 'socket.closed')).toBeDefined();
        expect(stateOf(own)).toBe('loggedOut');
      });
    }
    const text = JSON.stringify(page);
    expect(page.length).toBeGreaterThan(300);
    expect(tokens.length).toBeGreaterThan(5);
    for (const token of tokens) {
      const [header = '', payload = '', signature = ''] = token.split('.');
      for (const part of [payload, signature, `${header}.`]) expect(text).not.toContain(part);
    }
  });
});

describe('law 11: an inspector that fails', () => {
  it.each([
    [
      'throws',
      {
        next: () => {
          throw new Error('an inspector threw');
        },
      },
    ],
    [
      'throws as a function',
      () => {
        throw new Error('an inspector threw');
      },
    ],
    ['is an observer that has nothing to say', {}],
  ])('by one that %s, no session is touched', async (_, inspect) => {
    const { server, client: create, diagnostics } = await startWorld();
    const client = create({ inspect });
    await client.connectUser({ id: 'alice' }).orThrow();
    server.faults.cause({ type: 'dropSockets' });
    await until(client, 'waiting');
    await until(client, 'online');
    await client.disconnect().orThrow();
    expect(diagnostics.every(({ source }) => source === 'inspector' || source === 'network')).toBe(true);
  });

  it('tries to act on what it is shown, and cannot', async () => {
    const { client: create } = await startWorld();
    const seen: InspectionEvent[] = [];
    const client = create({ inspect: (inspection) => void seen.push(inspection) });
    await client.connectUser({ id: 'alice' }).orThrow();
    for (const inspection of seen) {
      const { actorRef } = inspection as unknown as { actorRef: Record<string, unknown> };
      for (const power of ['send', 'stop', '_stop', 'system', 'start']) expect(actorRef[power]).toBeUndefined();
    }
    const children = seen.flatMap((inspection) =>
      'snapshot' in inspection ? Object.values((inspection.snapshot as { children?: object }).children ?? {}) : [],
    ) as Record<string, unknown>[];
    expect(children.length).toBeGreaterThan(10);
    for (const child of children) expect(child.send).toBeUndefined();
  });

  it('building a client with one is inert', () => {
    expect(() => createChatClient({ apiKey: 'key', inspect: studio() })).not.toThrow();
  });
});
