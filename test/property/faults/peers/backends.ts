import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { type Fault, startDevServer } from '../../../../src/tools/devserver/index.ts';
import { DevSocket } from '../../../../src/tools/devserver/socket.ts';

/*
 * The same faults in two protocols: that of the development server, which sessionchart and stream-chat speak, and that of
 * centrifuge.
 */

export interface Backend {
  readonly url: string;
  createToken(): Promise<string>;
  cut(): void;
  /** Closes with 1012 and refuses every connect until it is healed. */
  restart(): void;
  goSilent(): void;
  /** Upgrades get 503 until it is healed. */
  refuse(): void;
  /** The next connect gets no hello. */
  withholdHello(): void;
  /** Each connect is refused for a reason that no retry mends, until it is healed. */
  refuseApp(): void;
  sendGarbage(): void;
  /** Tokens of before are expired; open sockets are sent away for it. */
  expireTokens(): void;
  ignoreClose(): void;
  /** Sends an event, which the client shows to its listeners. */
  push(): void;
  heal(): void;
  readonly counts: { readonly opened: number; readonly openNow: number; readonly highestOpen: number };
  close(): Promise<void>;
}

const always = { times: 'untilLifted' } as const;

export async function streamBackend(): Promise<Backend> {
  const server = await startDevServer();
  const cause = (...faults: readonly Fault[]) => {
    for (const fault of faults) server.faults.cause(fault);
  };
  return {
    url: server.url,
    createToken: () => server.createToken('alice'),
    cut: () => cause({ type: 'dropSockets' }),
    restart: () => cause({ type: 'restart' }),
    goSilent: () => cause({ type: 'goSilent' }),
    refuse: () => cause({ type: 'refuseUpgrade', status: 503, ...always }),
    withholdHello: () => cause({ type: 'delayHello', delayMs: 600_000 }),
    refuseApp: () => cause({ type: 'refuseConnect', code: 2, ...always }),
    sendGarbage: () => cause({ type: 'sendFrame', frame: { kind: 'text', text: '{"type":' } }),
    expireTokens: () => cause({ type: 'expireTokens' }),
    ignoreClose: () => cause({ type: 'ignoreClose' }),
    push: () => void server.push({ type: 'proof.event' }, 'alice'),
    heal: () => server.faults.liftAll(),
    get counts() {
      return server.counts();
    },
    close: () => server.close(),
  };
}

type Refusal = 'no' | 'away' | '503' | 'app';

export async function centrifugeBackend(): Promise<Backend> {
  const http = createServer();
  const sockets = new WebSocketServer({ noServer: true, WebSocket: DevSocket });
  const counts = { opened: 0, openNow: 0, highestOpen: 0 };
  let refusal: Refusal = 'no';
  let withholds = false;
  let token = 0;
  let oldestToken = 1;

  http.on('upgrade', (request, raw, head) => {
    if (refusal === 'away') return raw.destroy();
    if (refusal === '503') return raw.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n');
    sockets.handleUpgrade(request, raw, head, (socket) => {
      counts.opened += 1;
      counts.openNow += 1;
      counts.highestOpen = Math.max(counts.highestOpen, counts.openNow);
      raw.once('close', () => {
        counts.openNow -= 1;
      });
      socket.on('error', () => undefined);
      socket.on('message', (data) => {
        for (const line of String(data).trim().split('\n')) respond(socket, line);
      });
    });
  });

  function respond(socket: DevSocket, line: string): void {
    const { id, connect } = JSON.parse(line) as { id: number; connect?: { token: string } };
    if (connect === undefined || withholds) {
      withholds &&= connect === undefined;
      return;
    }
    const error = refusal === 'app' ? UNAUTHORIZED : Number(connect.token) < oldestToken ? TOKEN_EXPIRED : undefined;
    const hello = { client: 'c', version: '', ping: PING_SECONDS, pong: true, subs: { chat: {} } };
    socket.trySend(JSON.stringify(error ? { id, error } : { id, connect: hello }));
    if (error) return;
    const pings = setInterval(() => socket.trySend('{}'), PING_SECONDS * 1_000);
    socket.on('close', () => clearInterval(pings));
  }

  const all = (act: (socket: DevSocket) => void) => sockets.clients.forEach(act);
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return {
    url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}`,
    createToken: async () => {
      token += 1;
      return String(token);
    },
    cut: () => all((socket) => socket.terminate()),
    restart() {
      refusal = 'away';
      all((socket) => socket.closeNow(1012));
    },
    goSilent: () =>
      all((socket) => {
        socket.isSilent = true;
      }),
    refuse() {
      refusal = '503';
    },
    withholdHello() {
      withholds = true;
    },
    refuseApp() {
      refusal = 'app';
    },
    sendGarbage: () => all((socket) => socket.trySend('{"type":')),
    expireTokens() {
      oldestToken = token + 1;
      all((socket) => socket.closeNow(CONNECTION_EXPIRED, 'connection expired'));
    },
    ignoreClose: () =>
      all((socket) => {
        socket.ignoresClose = true;
      }),
    push: () => all((socket) => socket.trySend('{"push":{"channel":"chat","pub":{"data":{}}}}')),
    heal() {
      refusal = 'no';
      withholds = false;
    },
    counts,
    async close() {
      all((socket) => socket.terminate());
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };
}

/** What Centrifugo sends by default, with the codes of its protocol. */
const PING_SECONDS = 25;
const UNAUTHORIZED = { code: 101, message: 'unauthorized' };
const TOKEN_EXPIRED = { code: 109, message: 'token expired' };
const CONNECTION_EXPIRED = 3005;
