import { request } from 'node:http';
import { createWebSocketInspector } from '@statelyai/inspect';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { sessionMachine } from '../../../src/index.ts';
import { startWorld, until } from '../../kit/world.ts';
import { CONNECTED, openStudio, receive, untilState } from './watching.ts';

/** A program that shows itself by the sender of `@statelyai/inspect`. */
function sender(url: string) {
  const inspector = createWebSocketInspector({ url });
  onTestFinished(() => inspector.stop());
  return inspector;
}

describe('the relay between senders and receivers of @statelyai/inspect', () => {
  it('passes on actors, events and snapshots, with definition and descriptions', async () => {
    const { relayUrl } = await openStudio();
    const frames = receive(relayUrl);
    const { client: create } = await startWorld();
    const client = create({ inspect: sender(relayUrl).inspect });
    await client.connectUser({ id: 'alice' }).orThrow();
    await untilState(frames, CONNECTED);
    const actors = frames.filter(({ type }) => type === '@xstate.actor');
    expect(actors.map(({ name }) => name)).toEqual(['session', 'client', 'persistence']);
    const [chart, ...children] = actors;
    expect(children.map(({ parentId, rootId }) => [parentId, rootId])).toEqual([
      [chart?.sessionId, chart?.sessionId],
      [chart?.sessionId, chart?.sessionId],
    ]);
    const definition = JSON.parse(chart?.definition ?? '') as typeof sessionMachine.config;
    expect(definition.description).toBe(sessionMachine.config.description);
    expect(definition.states).toEqual(JSON.parse(JSON.stringify(sessionMachine.config.states)));
    const hello = frames.find(({ event, type }) => type === '@xstate.event' && event?.type === 'hello.received');
    expect(hello).toMatchObject({ sessionId: chart?.sessionId, sourceId: children[0]?.sessionId });
    const last = frames.findLast(
      ({ type, sessionId }) => type === '@xstate.snapshot' && sessionId === chart?.sessionId,
    );
    expect(last?.snapshot?.context).toMatchObject({ identity: { id: 'alice' } });
  });

  it('sends a page that opens late which actors there are, where they are, and what happened last', async () => {
    const { relayUrl } = await openStudio();
    const early = receive(relayUrl);
    const { server, client: create } = await startWorld();
    const client = create({ inspect: sender(relayUrl).inspect });
    await client.connectUser({ id: 'alice' }).orThrow();
    server.faults.cause({ type: 'dropSockets' });
    await until(client, 'waiting');
    await until(client, 'online');
    await untilState(early, CONNECTED);
    await vi.waitFor(() => {
      const heard = early.map(({ event }) => event?.type);
      expect(heard.lastIndexOf('hello.received')).toBeGreaterThan(heard.lastIndexOf('socket.lost'));
    });
    const late = receive(relayUrl);
    await vi.waitFor(() => expect(late).toEqual(early));
  });

  it('keeps programs apart whose actors have the same ids, and says when one is gone', async () => {
    const { relayUrl } = await openStudio();
    const page = receive(relayUrl);
    const first = new WebSocket(`${relayUrl}/?name=bot%20one`);
    const second = new WebSocket(relayUrl);
    onTestFinished(() => second.terminate());
    const actor = { type: '@xstate.actor', sessionId: 'x:0', rootId: 'x:0', _version: '0.7.2', name: 'session' };
    const send = (socket: WebSocket, frame: object) =>
      socket.readyState === WebSocket.OPEN
        ? socket.send(JSON.stringify(frame))
        : socket.once('open', () => socket.send(JSON.stringify(frame)));
    send(first, actor);
    await vi.waitFor(() => expect(page).toHaveLength(1));
    send(second, actor);
    await vi.waitFor(() => expect(page).toHaveLength(2));
    expect(page).toMatchObject([
      { sessionId: '1/x:0', rootId: '1/x:0', sender: { name: 'bot one' } },
      { sessionId: '2/x:0', rootId: '2/x:0', sender: { name: 'a program' } },
    ]);
    first.close();
    await vi.waitFor(() => expect(page).toHaveLength(3));
    expect(page[2]).toMatchObject({ type: '@sessionchart.left', sessionId: '1/x:0' });
    const late = receive(relayUrl);
    await vi.waitFor(() => expect(late.map(({ type }) => type).sort()).toEqual(page.map(({ type }) => type).sort()));
  });

  it.each([
    ['no JSON', '{"type":'],
    ['no frame', '{"hello":"world"}'],
    ['another type', '{"type":"@sessionchart.left","sessionId":"1/x:0"}'],
    ['binary data', Buffer.from([0, 1, 2])],
  ])('drops %s, and goes on', async (_, data) => {
    const { relayUrl } = await openStudio();
    const page = receive(relayUrl);
    const program = new WebSocket(relayUrl);
    onTestFinished(() => program.terminate());
    await new Promise((open) => program.once('open', open));
    program.send(data);
    program.send(JSON.stringify({ type: '@xstate.event', sessionId: 'x:1', rootId: 'x:0', event: { type: 'e' } }));
    await vi.waitFor(() => expect(page).toHaveLength(1));
    expect(page[0]).toMatchObject({ type: '@xstate.event', sessionId: '1/x:1' });
  });

  it('forgets the oldest events of a long session, but never an actor or where it is', async () => {
    const { relayUrl } = await openStudio();
    const early = receive(relayUrl);
    const program = new WebSocket(relayUrl);
    onTestFinished(() => program.terminate());
    await new Promise((open) => program.once('open', open));
    const send = (frame: object) => program.send(JSON.stringify({ rootId: 'x:0', ...frame }));
    send({ type: '@xstate.actor', sessionId: 'x:0' });
    send({ type: '@xstate.actor', sessionId: 'x:1', parentId: 'x:0' });
    send({ type: '@xstate.snapshot', sessionId: 'x:1', snapshot: { value: 'quiet' } });
    for (let count = 0; count < 6_000; count++)
      send({ type: '@xstate.event', sessionId: 'x:0', event: { type: `${count}` } });
    await vi.waitFor(() => expect(early).toHaveLength(6_003));
    const late = receive(relayUrl);
    await vi.waitFor(() => expect(late.at(-1)?.event?.type).toBe('5999'));
    expect(late.length).toBeLessThan(5_010);
    expect(late.slice(0, 3)).toMatchObject([
      { type: '@xstate.actor', sessionId: '1/x:0' },
      { type: '@xstate.actor', sessionId: '1/x:1' },
      { type: '@xstate.snapshot', sessionId: '1/x:1', snapshot: { value: 'quiet' } },
    ]);
  });
});

describe('who may read sessions, and who may show theirs', () => {
  const FRAME = { type: '@xstate.actor', sessionId: 'x:0', rootId: 'x:0', name: 'secret session' };

  /** What a page of `origin` gets and can do; `host` is the name by which it reached the relay. */
  async function visit(relayUrl: string, headers: { readonly origin?: string; readonly host?: string }) {
    const heard: string[] = [];
    const socket = new WebSocket(relayUrl, { headers });
    onTestFinished(() => socket.terminate());
    socket.on('message', (data) => heard.push(String(data)));
    const refused = await new Promise<boolean>((settle) => {
      socket.once('open', () => settle(false));
      socket.once('error', () => settle(true));
    });
    return { socket, heard, refused };
  }

  async function relayWithSession(allowedOrigins: readonly string[] = []) {
    const studio = await openStudio({ allowedOrigins });
    const program = new WebSocket(studio.relayUrl);
    onTestFinished(() => program.terminate());
    program.once('open', () => program.send(JSON.stringify(FRAME)));
    const page = receive(studio.relayUrl);
    await vi.waitFor(() => expect(page).toHaveLength(1));
    return { ...studio, page, program };
  }

  it("the studio's own page reads, by each name of this machine", async () => {
    const { relayUrl } = await relayWithSession();
    const { port } = new URL(relayUrl);
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`]) {
      const { heard } = await visit(relayUrl, { origin: `http://${host}`, host });
      await vi.waitFor(() => expect(heard).toHaveLength(1));
    }
  });

  it.each(['http://localhost:5173', 'https://app.example'])(
    'a page of %s shows its session, and reads none',
    async (origin) => {
      const { relayUrl, page, program } = await relayWithSession(['https://app.example']);
      const { socket, heard } = await visit(relayUrl, { origin });
      program.send(JSON.stringify(FRAME));
      await vi.waitFor(() => expect(page).toHaveLength(2));
      socket.send(JSON.stringify({ ...FRAME, name: 'mine' }));
      await vi.waitFor(() =>
        expect(page.at(-1)).toMatchObject({ name: 'mine', sender: { name: new URL(origin).host } }),
      );
      expect(heard).toEqual([]);
    },
  );

  it.each([
    ['a page elsewhere', { origin: 'https://evil.example' }],
    ['a page without an origin of its own', { origin: 'null' }],
    ['a page elsewhere whose name leads here', { origin: 'http://evil.example:8789', host: 'evil.example:8789' }],
    ['a page of another name of the same port', { origin: 'http://127.0.0.1.evil.example' }],
  ])('%s is refused', async (_, headers) => {
    const { relayUrl } = await relayWithSession();
    const { refused, heard } = await visit(relayUrl, headers);
    expect(refused).toBe(true);
    expect(heard).toEqual([]);
  });

  it('the page itself is given to names of this machine only, may not be framed, and nothing next to it can be had', async () => {
    const { url } = await openStudio();
    const get = (path: string, host?: string) =>
      new Promise<{ status: number | undefined; headers: object }>((settle, reject) => {
        const outgoing = request(`${url}/`, { path, ...(host !== undefined && { headers: { host } }) }, (answer) => {
          answer.resume();
          settle({ status: answer.statusCode, headers: answer.headers });
        });
        outgoing.once('error', reject);
        outgoing.end();
      });
    expect(await get('/config.json')).toMatchObject({
      status: 200,
      headers: { 'content-security-policy': "frame-ancestors 'none'" },
    });
    expect(await get('/config.json', 'evil.example')).toMatchObject({ status: 403 });
    for (const path of [
      '/../../package.json',
      '/%2e%2e/%2e%2e/package.json',
      '/..%2f..%2fpackage.json',
      '//',
      '/%00',
      '/%',
    ]) {
      expect(await get(path)).toMatchObject({ status: 404 });
    }
  });
});
