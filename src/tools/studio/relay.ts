import type { IncomingMessage, Server } from 'node:http';
import { promisify } from 'node:util';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { type BoundAddress, identifyCaller } from '../access/callers.ts';
import { createHistory, type Dropped, type Frame, frameSchema, type History } from './history.ts';

/*
 * Passes inspection frames of programs on to pages. Both speak the protocol of `@statelyai/inspect`, in which only their
 * behaviour distinguishes them: a peer that sends is a program, one that does not is a page.
 *
 *   program ── @xstate.actor, .event, .snapshot ──► relay ──► pages that are open, and those that open later
 *
 * Session ids are unique within a program only, so each gets its program's number in front: `2/x:0`. The relay adds to
 * the protocol: `sender: { name }` on a root actor's frame; `@sessionchart.left` with a root's session id when its program
 * is gone; `@sessionchart.dropped` with a program's number, `sessions` and `frames` where a late page misses something.
 */

interface RelayOptions {
  readonly bound: BoundAddress;
  /** Origins of pages elsewhere that may send. */
  readonly allowedOrigins: readonly string[];
  /** Called with a sentence when something of a program was dropped, once for each program and kind. */
  readonly onDrop: (sentence: string) => void;
}

/** A program that sends. Its history is `null` once it was dropped in favour of others. */
interface Program {
  readonly name: string;
  readonly prefix: string;
  history: History | null;
  isLive: boolean;
}

/**
 * Relays on every path of `server`. Its own page and programs that are not browsers see every session; pages that are
 * served on this machine, and those that were allowed, show their own session and see nothing; other pages do neither.
 *
 * Returns a function that closes it.
 */
export function startRelay(server: Server, { bound, allowedOrigins, onDrop }: RelayOptions): () => Promise<void> {
  const callerOf = ({ headers }: IncomingMessage) =>
    identifyCaller(headers, bound, [...PAGES_OF_THIS_MACHINE, ...allowedOrigins]);
  const relay = new WebSocketServer({
    server,
    maxPayload: MOST_BYTES,
    perMessageDeflate: false,
    verifyClient({ req }, done) {
      const mayUse = ['program', 'ownPage', 'allowedPage'].includes(callerOf(req));
      done(mayUse && relay.clients.size < MOST_PEERS, mayUse ? 503 : 403);
    },
  });
  const pages = new Set<WebSocket>();
  const kept: Program[] = [];
  let programs = 0;

  relay.on('connection', (peer, request) => {
    let program: Program | null = null;
    if (['program', 'ownPage'].includes(callerOf(request))) {
      pages.add(peer);
      for (const text of kept.flatMap(textsOf)) peer.send(text);
      dropSlowest();
    }
    peer.on('message', (data, isBinary) => {
      const frame = isBinary ? null : readFrame(data);
      if (frame === null) return;
      pages.delete(peer);
      program ??= register(nameOf(request));
      pass(program, withProgram(frame, program));
    });
    peer.on('error', () => {});
    peer.on('close', () => {
      pages.delete(peer);
      if (program !== null) leave(program);
    });
  });

  function register(name: string): Program {
    programs += 1;
    const program: Program = { name, prefix: `${programs}/`, history: createHistory(), isLive: true };
    kept.push(program);
    return program;
  }

  function pass(program: Program, frame: Frame): void {
    const text = writeFrame(frame);
    if (text === null) return;
    remember(program, frame, text);
    for (const page of pages) page.send(text);
    dropSlowest();
  }

  /** What pages have not read is kept here. */
  function dropSlowest(): void {
    const slowestFirst = [...pages].sort((one, other) => other.bufferedAmount - one.bufferedAmount);
    let unread = slowestFirst.reduce((sum, { bufferedAmount }) => sum + bufferedAmount, 0);
    for (const page of slowestFirst) {
      if (unread <= MOST_UNREAD_BYTES) return;
      unread -= page.bufferedAmount;
      pages.delete(page);
      page.terminate();
    }
  }

  function remember({ name, history }: Program, frame: Frame, text: string): void {
    if (history !== null) {
      const before = history.dropped.sessions;
      history.add(frame, text);
      if (before === 0 && history.dropped.sessions > 0) {
        onDrop(`${name} sent more than is kept of one program: its oldest sessions were dropped.`);
      }
    }
    const size = () => kept.reduce((sum, { history: each }) => sum + (each?.characters ?? 0), 0);
    while (kept.length > MOST_PROGRAMS || size() > MOST_CHARACTERS) {
      const program = kept.find(({ isLive }) => !isLive) ?? kept[0];
      if (program === undefined) return;
      kept.splice(kept.indexOf(program), 1);
      program.history = null;
      onDrop(`More programs have sent than are kept: the history of ${program.name} was dropped.`);
    }
  }

  function leave(program: Program): void {
    program.isLive = false;
    for (const sessionId of program.history?.roots() ?? []) {
      pass(program, { type: '@sessionchart.left', sessionId, rootId: sessionId, createdAt: String(Date.now()) });
    }
  }

  return async () => {
    for (const peer of relay.clients) peer.close(GOING_AWAY);
    const timer = setTimeout(() => {
      for (const peer of relay.clients) peer.terminate();
    }, CLOSE_TIMEOUT_MS);
    await promisify(relay.close).call(relay);
    clearTimeout(timer);
  };
}

function textsOf({ name, prefix, history }: Program): readonly string[] {
  const describe = (dropped: Dropped) =>
    JSON.stringify({ type: '@sessionchart.dropped', sessionId: prefix, rootId: prefix, sender: { name }, ...dropped });
  return history?.texts(describe) ?? [];
}

const PAGES_OF_THIS_MACHINE = ['localhost', '127.0.0.1', '[::1]'].flatMap((host) => [
  `http://${host}:*`,
  `https://${host}:*`,
]);

const GOING_AWAY = 1001;
const CLOSE_TIMEOUT_MS = 500;
const MOST_BYTES = 2_000_000;
/** Of all pages together; one that opens late gets all that is kept at once. */
const MOST_UNREAD_BYTES = 128_000_000;
const MOST_PEERS = 200;
const MOST_PROGRAMS = 60;
/** Of all programs together. */
const MOST_CHARACTERS = 48_000_000;
const LONGEST_NAME = 100;

function readFrame(data: RawData): Frame | null {
  try {
    return frameSchema.parse(JSON.parse(String(data)));
  } catch {
    return null;
  }
}

/** `null` for what is nested so deep that it can be read, and not written. */
function writeFrame(frame: Frame): string | null {
  try {
    return JSON.stringify(frame);
  } catch {
    return null;
  }
}

function withProgram(frame: Frame, { prefix, name }: Program): Frame {
  const ids = ['sessionId', 'rootId', 'parentId', 'sourceId'].filter((field) => frame[field] !== undefined);
  const isRoot = frame.type === '@xstate.actor' && frame.parentId === undefined;
  return {
    ...frame,
    ...Object.fromEntries(ids.map((field) => [field, `${prefix}${frame[field]}`])),
    ...(isRoot && { sender: { name } }),
  };
}

/** The name that the program has given itself; otherwise the host of its page. */
function nameOf({ url = '/', headers }: IncomingMessage): string {
  const given = URL.canParse(url, BASE) ? new URL(url, BASE).searchParams.get('name') : null;
  return (given ?? headers.origin?.replace(/^https?:\/\//, '') ?? 'a program').slice(0, LONGEST_NAME);
}

const BASE = 'ws://studio';
