import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import * as z from 'zod/mini';
import { createHistory, type Frame, type History } from './history.ts';
import { accessOf } from './origins.ts';

/*
 * Passes inspection frames of programs on to pages. Both speak the protocol of `@statelyai/inspect`, whose senders and
 * receivers are told apart by nothing but what they do: who sends is a program, who does not is a page.
 *
 *   program ── @xstate.actor, .event, .snapshot ──► relay ──► pages that are open, and those that open later
 *
 * Session ids are unique in a program only, so each program's get a number in front: `2/x:0`. Beyond the protocol a root
 * actor's frame says `sender: { name }`, and `@sessionchart.left` with the root's session id that its program is gone.
 */

export interface Relay {
  close(): Promise<void>;
}

/** Relays on every path of `server`. `allowed`: origins of pages elsewhere that may send. */
export function startRelay(server: Server, allowed: readonly string[] = []): Relay {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MOST_BYTES, perMessageDeflate: false });
  const pages = new Set<WebSocket>();
  const histories: History[] = [];
  let programs = 0;

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const access = accessOf(request.headers, allowed);
    socket.on('error', () => {});
    if (access === 'nothing') {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (peer) => accept(peer, access === 'read', nameOf(request)));
  }

  function accept(peer: WebSocket, mayRead: boolean, name: string): void {
    let send: ((frame: Frame) => void) | null = null;
    let leave = () => {};
    if (mayRead) {
      pages.add(peer);
      for (const text of histories.flatMap((history) => history.texts())) peer.send(text);
    }
    peer.on('message', (data, isBinary) => {
      const frame = isBinary ? null : readFrame(data);
      if (frame === null) return;
      pages.delete(peer);
      if (send === null) ({ send, leave } = welcome(name));
      send(frame);
    });
    peer.on('error', () => {});
    peer.on('close', () => {
      pages.delete(peer);
      leave();
    });
  }

  function welcome(name: string) {
    programs += 1;
    const prefix = `${programs}/`;
    const history = createHistory();
    histories.push(history);
    while (histories.length > MOST_PROGRAMS) histories.shift();
    const pass = (frame: Frame) => {
      const text = JSON.stringify(frame);
      history.add(frame, text);
      for (const page of pages) {
        if (page.bufferedAmount > MOST_UNREAD_BYTES) page.terminate();
        else page.send(text);
      }
    };
    return {
      send: (frame: Frame) => pass(addressed(frame, prefix, name)),
      leave() {
        for (const sessionId of history.roots()) {
          pass({ type: '@sessionchart.left', sessionId, rootId: sessionId, createdAt: String(Date.now()) });
        }
      },
    };
  }

  server.on('upgrade', upgrade);
  return {
    async close() {
      server.off('upgrade', upgrade);
      const peers = [...sockets.clients];
      const timer = setTimeout(() => {
        for (const peer of peers) peer.terminate();
      }, CLOSE_TIMEOUT_MS);
      await Promise.all(peers.map(sayGoodbye));
      clearTimeout(timer);
    },
  };
}

/** A peer that is cut off sees an error, which ends a Node process that does not listen to it. */
function sayGoodbye(peer: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    peer.once('close', () => resolve());
    peer.close(GOING_AWAY);
  });
}

const GOING_AWAY = 1001;
const CLOSE_TIMEOUT_MS = 500;
const MOST_BYTES = 2_000_000;
const MOST_UNREAD_BYTES = 50_000_000;
const MOST_PROGRAMS = 20;

const frameSchema = z.looseObject({
  type: z.string().check(z.startsWith('@xstate.')),
  sessionId: z.string(),
  rootId: z.optional(z.string()),
  parentId: z.optional(z.string()),
  sourceId: z.optional(z.string()),
});

function readFrame(data: RawData): Frame | null {
  try {
    const parsed = frameSchema.safeParse(JSON.parse(String(data)));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

function addressed(frame: Frame, prefix: string, name: string): Frame {
  const { sessionId, rootId, parentId, sourceId } = frame as Frame & Partial<Record<'parentId' | 'sourceId', string>>;
  const isRoot = frame.type === '@xstate.actor' && parentId === undefined;
  return {
    ...frame,
    sessionId: `${prefix}${sessionId}`,
    ...(rootId !== undefined && { rootId: `${prefix}${rootId}` }),
    ...(parentId !== undefined && { parentId: `${prefix}${parentId}` }),
    ...(sourceId !== undefined && { sourceId: `${prefix}${sourceId}` }),
    ...(isRoot && { sender: { name } }),
  };
}

/** As the program calls itself; otherwise where its page comes from. */
function nameOf({ url = '/', headers }: IncomingMessage): string {
  const given = URL.canParse(url, BASE) ? new URL(url, BASE).searchParams.get('name') : null;
  return given ?? headers.origin?.replace(/^https?:\/\//, '') ?? 'a program';
}

const BASE = 'ws://studio';
