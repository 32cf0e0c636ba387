import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createHistory } from '../../../src/tools/studio/history.ts';
import { openStudio, type ReceivedFrame, receive } from './watching.ts';

/*
 * What the relay keeps for pages that open late has an end, by count and by size, whatever programs send.
 */

interface DroppedFrame extends ReceivedFrame {
  readonly sessions?: number;
  readonly frames?: number;
}

async function open(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url);
  onTestFinished(() => socket.terminate());
  socket.on('error', () => undefined);
  await once(socket, 'open');
  return socket;
}

/** A page that has asked for everything, and reads nothing. */
async function connectAndStopReading(url: string): Promise<Socket> {
  const { port, host } = new URL(url);
  const socket = connect(Number(port), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  const key = 'dGhlIHNhbXBsZSBub25jZQ==';
  socket.write(
    `GET / HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
  );
  return socket;
}

const root = (index: number, filler = '') =>
  JSON.stringify({ type: '@xstate.actor', sessionId: `x:${index}`, rootId: `x:${index}`, name: 'session', filler });

const rootsOf = (frames: readonly ReceivedFrame[]) => frames.filter(({ type }) => type === '@xstate.actor');

describe('the relay', () => {
  it('drops a frame that is nested too deep to be passed on, and passes on the next', async () => {
    const { relayUrl } = await openStudio();
    const page = receive(relayUrl);
    const program = await open(relayUrl);
    // Reading takes less of the stack than writing.
    for (const depth of [5_000, 50_000])
      program.send(
        `{"type":"@xstate.event","sessionId":"x:0","event":{"type":"deep","at":${'['.repeat(depth)}${']'.repeat(depth)}}}`,
      );
    program.send(root(0));
    await vi.waitFor(() => expect(rootsOf(page)).toHaveLength(1));
  });

  it('drops a frame whose event or snapshot is none', async () => {
    const { relayUrl } = await openStudio();
    const page = receive(relayUrl);
    const program = await open(relayUrl);
    const base = { sessionId: 'x:0', rootId: 'x:0' };
    for (const event of [null, 'go', [], { type: 7 }])
      program.send(JSON.stringify({ ...base, type: '@xstate.event', event }));
    for (const snapshot of [null, 'on', [1]]) {
      program.send(JSON.stringify({ ...base, type: '@xstate.snapshot', event: { type: 'go' }, snapshot }));
    }
    program.send(root(0));
    await vi.waitFor(() => expect(page.map(({ type }) => type)).toEqual(['@xstate.actor']));
  });

  it('keeps the newest of 20 sessions of 1 MB, says so, and keeps no more when their program is gone', async () => {
    const said: string[] = [];
    const { relayUrl } = await openStudio({ onDrop: (sentence) => said.push(sentence) });
    const program = await open(`${relayUrl}/?name=greedy`);
    const filler = 'x'.repeat(1_000_000);
    for (let index = 0; index < 20; index += 1) program.send(root(index, filler));
    const closed = once(program, 'close');
    program.close();
    await closed;

    const late = receive(relayUrl) as DroppedFrame[];
    await vi.waitFor(() => expect(late.at(-1)).toMatchObject({ type: '@sessionchart.left', sessionId: '1/x:19' }));
    expect(rootsOf(late).length).toBeLessThanOrEqual(16);
    expect(rootsOf(late).at(-1)?.sessionId).toBe('1/x:19');
    const dropped = late.find(({ type }) => type === '@sessionchart.dropped');
    expect(dropped).toMatchObject({ sessionId: '1/', sessions: 20 - rootsOf(late).length });
    expect(said).toEqual(['greedy sent more than is kept of one program: its oldest sessions were dropped.']);
  });

  it('keeps the newest of many small sessions, each with where it is', async () => {
    const { relayUrl } = await openStudio();
    const program = await open(relayUrl);
    for (let index = 0; index < 250; index += 1) {
      program.send(root(index));
      const sessionId = `x:${index}`;
      program.send(
        JSON.stringify({ type: '@xstate.snapshot', sessionId, rootId: sessionId, snapshot: { value: 'a' } }),
      );
    }
    const early = receive(relayUrl);
    program.send(root(250));
    await vi.waitFor(() => expect(rootsOf(early).at(-1)?.sessionId).toBe('1/x:250'));
    const late = receive(relayUrl);
    await vi.waitFor(() => expect(rootsOf(late)).toHaveLength(200));
    await vi.waitFor(() => expect(late.some(({ type }) => type === '@sessionchart.dropped')).toBe(true));
    await vi.waitFor(() => expect(late.filter(({ type }) => type === '@xstate.snapshot').length).toBeGreaterThan(190));
    expect(rootsOf(late)).toHaveLength(200);
    expect(rootsOf(late).map(({ sessionId }) => sessionId)).toContain('1/x:250');
  });

  it('drops programs that are gone before those that still send', async () => {
    const said: string[] = [];
    const { relayUrl } = await openStudio({ onDrop: (sentence) => said.push(sentence) });
    const page = receive(relayUrl);
    const staying = await open(`${relayUrl}/?name=staying`);
    staying.send(root(0));
    await vi.waitFor(() => expect(rootsOf(page)).toHaveLength(1));
    for (let count = 1; count <= 65; count += 1) {
      const passing = await open(`${relayUrl}/?name=passing`);
      passing.send(root(count));
      await vi.waitFor(() => expect(rootsOf(page)).toHaveLength(count + 1), { interval: 1 });
      passing.terminate();
      await vi.waitFor(() => expect(page.filter(({ type }) => type.endsWith('.left'))).toHaveLength(count), {
        interval: 1,
      });
    }
    expect(said.length).toBe(6);
    expect(new Set(said)).toEqual(
      new Set(['More programs have sent than are kept: the history of passing was dropped.']),
    );
    const late = receive(relayUrl);
    await vi.waitFor(() => expect(rootsOf(late)).toHaveLength(60));
    expect(rootsOf(late)[0]).toMatchObject({ sessionId: '1/x:0', sender: { name: 'staying' } });
  });

  it('passes on what a program sends whose history was dropped', async () => {
    const { relayUrl } = await openStudio();
    const page = receive(relayUrl);
    const programs = await Promise.all(Array.from({ length: 61 }, () => open(relayUrl)));
    for (const program of programs) program.send(root(0));
    await vi.waitFor(() => expect(rootsOf(page)).toHaveLength(61));
    for (const program of programs) program.send(root(1));
    await vi.waitFor(() => expect(rootsOf(page)).toHaveLength(122));
  });

  it('drops pages that do not read, and no other', async () => {
    const { relayUrl } = await openStudio();
    const program = await open(relayUrl);
    const page = receive(relayUrl);
    program.send(root(0));
    await vi.waitFor(() => expect(rootsOf(page)).toHaveLength(1));
    // What is unread of all pages together has a limit: the more there are, the sooner it is reached.
    const slow = await Promise.all(Array.from({ length: 12 }, () => connectAndStopReading(relayUrl)));
    const filler = 'x'.repeat(1_000_000);
    for (let count = 1; count <= 40; count += 1) {
      program.send(root(count, filler));
      await vi.waitFor(() => expect(rootsOf(page)).toHaveLength(count + 1), { interval: 1 });
    }
    // A socket learns of its end only by reading.
    for (const socket of slow) socket.resume();
    await vi.waitFor(() => expect(slow.filter(({ destroyed }) => destroyed)).not.toEqual([]));
    program.send(root(41));
    await vi.waitFor(() => expect(rootsOf(page)).toHaveLength(42));
  });

  it('refuses more peers than it can serve', async () => {
    const { relayUrl } = await openStudio();
    const peers = await Promise.all(Array.from({ length: 200 }, () => open(relayUrl)));
    const one = new WebSocket(relayUrl);
    const [error] = (await once(one, 'error')) as [Error];
    expect(error.message).toContain('503');
    peers[0]?.terminate();
    await vi.waitFor(() => open(relayUrl));
  });
});

describe('a history', () => {
  it('keeps nothing of a session that it has dropped', () => {
    const history = createHistory({ actors: 1, events: 10, characters: 1_000 });
    for (const sessionId of ['x:0', 'x:1']) {
      history.add({ type: '@xstate.actor', sessionId }, `${sessionId} is`);
      history.add({ type: '@xstate.event', sessionId }, `${sessionId} moves`);
    }
    expect(history.texts(({ sessions }) => `${sessions} less`)).toEqual(['x:1 is', '1 less', 'x:1 moves']);
  });

  it('keeps where a session is, however many events come after that', () => {
    const history = createHistory({ actors: 5, events: 1, characters: 1_000 });
    history.add({ type: '@xstate.actor', sessionId: 'x:0' }, 'it is');
    history.add({ type: '@xstate.snapshot', sessionId: 'x:0' }, 'it is here');
    history.add({ type: '@xstate.event', sessionId: 'x:0' }, 'it goes on');
    expect(history.texts(({ frames }) => `${frames} less`)).toEqual(['it is', 'it is here', '1 less', 'it goes on']);
  });

  it('counts what it keeps: its size is that of its texts, and never above the limit', () => {
    const limits = { actors: 5, events: 10, characters: 1_000 };
    const history = createHistory(limits);
    let seed = 1;
    const draw = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    for (let count = 0; count < 2_000; count += 1) {
      const rootId = `x:${draw(8)}`;
      const sessionId = draw(2) === 0 ? rootId : `${rootId}/child:${draw(3)}`;
      const type = ['@xstate.actor', '@xstate.event', '@xstate.snapshot'][draw(3)] ?? '';
      const text = `${count}:`.padEnd(1 + draw(300), '.');
      history.add({ type, sessionId, rootId, ...(sessionId !== rootId && { parentId: rootId }) }, text);
      expect(history.characters).toBeLessThanOrEqual(limits.characters);
      const size = () => history.texts(() => '').reduce((sum, each) => sum + each.length, 0);
      expect(size()).toBeLessThanOrEqual(history.characters);
      if (count % 20 > 0) continue;
      // A snapshot that is among the newest events, too, counts twice.
      for (let more = 0; more < limits.events; more += 1) {
        history.add({ type: '@xstate.event', sessionId: 'x:0' }, `${count}.${more}`);
      }
      expect(size()).toBe(history.characters);
    }
    expect(history.roots().filter((id) => id.includes('/'))).toEqual([]);
    expect(history.dropped.sessions).toBeGreaterThan(10);
    expect(history.dropped.frames).toBeGreaterThan(100);
  });
});
