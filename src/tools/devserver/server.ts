import { createServer } from 'node:http';
import { createApiRoutes } from './api-routes.ts';
import { act } from './apply-fault.ts';
import { createChat } from './chat.ts';
import { createDevRoutes } from './dev-routes.ts';
import { createLedger } from './event-log.ts';
import { createFaultBook, type FaultRegistry } from './fault-registry.ts';
import { parseFault } from './fault-schema.ts';
import { createGreeting } from './handshake.ts';
import { createCallHandler } from './http-handler.ts';
import { createLogin } from './login.ts';
import { completeOptions } from './options.ts';
import { createSockets } from './sockets.ts';
import { createTimers } from './timers.ts';
import { createTokens } from './tokens.ts';
import type { ChatMessage, ConnectRecord, DevServer, DevServerOptions, DevServerState } from './types.ts';

/**
 * Starts a server that speaks the session protocol of Stream Chat, in this process, for development and tests. It
 * verifies tokens, keeps everything in memory, and goes wrong on demand ({@link DevServer.faults}).
 *
 * Rejects with a `TypeError` that names an option which makes no sense, and when the port cannot be bound.
 */
export async function startDevServer(options: DevServerOptions = {}): Promise<DevServer> {
  const completed = completeOptions(options);
  const { port: wantedPort, host, apiKey, secret, helloDelayMs, tokenTtlSeconds, maxPayloadBytes, now } = completed;

  const timers = createTimers();
  const ledger = createLedger(now);
  const tokens = createTokens(secret, now);
  const chat = createChat(now);
  const login = createLogin(apiKey, tokens);
  const faults = (): FaultRegistry => book;
  const greet = createGreeting({ chat, faults, helloDelayMs, login, timers });
  const sockets = createSockets({ ledger, timers, now, faults, maxPayloadBytes, greet });
  const book = createFaultBook({
    timers,
    act: (fault) => act(fault, sockets.open, { chat, login }),
    changed: (fault) => ledger.emit({ type: 'fault', userId: fault.fault.userId ?? null, fault }),
  });

  function connected(userId?: string) {
    return sockets.open(userId).filter((connection) => connection.isConnected);
  }

  function publish(cid: string, message: ChatMessage): void {
    const members = new Set(chat.members(cid));
    const [type, id] = cid.split(':');
    const event = {
      type: 'message.new',
      cid,
      channel_type: type,
      channel_id: id,
      message,
      user: message.user,
      created_at: message.created_at,
    };
    const frame = JSON.stringify(event);
    for (const { socket, user } of connected()) {
      if (user !== null && members.has(user.id)) socket.say(frame);
    }
    ledger.emit({ type: 'message', userId: message.user.id, cid, message });
  }

  function state(): DevServerState {
    return {
      apiKey,
      total: ledger.counts(),
      users: ledger.users(),
      connects: ledger.connects().slice(-SHOWN_CONNECTS).map(withoutToken),
      faults: book.list(),
    };
  }

  const isConnected = (connectionId: string) => connected().some(({ record }) => record.connectionId === connectionId);
  const api = createApiRoutes({ apiKey, chat, login, tokens, tokenTtlSeconds, isConnected, publish });
  const dev = createDevRoutes({ faults, state, tokens, tokenTtlSeconds });
  const http = createServer(createCallHandler({ api, dev, faults, ledger, maxPayloadBytes, now }));
  http.on('upgrade', sockets.upgrade);
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(wantedPort, host, () => {
      http.off('error', reject);
      resolve();
    });
  });
  const address = http.address();
  const port = typeof address === 'object' && address !== null ? address.port : wantedPort;

  let closing: Promise<void> | null = null;
  function close(): Promise<void> {
    closing ??= new Promise((resolve) => {
      timers.clear();
      ledger.close();
      sockets.close();
      http.close(() => resolve());
      http.closeAllConnections();
    });
    return closing;
  }

  return {
    url: `http://${toAuthority(host)}:${port}`,
    port,
    apiKey,
    secret,
    faults: {
      cause: (fault) => book.cause(parseFault(fault)),
      list: book.list,
      find: book.find,
      liftAll: book.liftAll,
    },
    createToken: tokens.issue,
    counts: ledger.counts,
    connects: ledger.connects,
    user: chat.user,
    updateUser: (userId, fields) => chat.upsertUser(userId, fields),
    push(event, userId) {
      const frame = JSON.stringify(event);
      return connected(userId).filter(({ socket }) => socket.say(frame)).length;
    },
    on: ledger.on,
    waitFor: ledger.waitFor,
    until: ledger.until,
    state,
    close,
    [Symbol.asyncDispose]: close,
  };
}

const SHOWN_CONNECTS = 100;

function withoutToken({ token: _, ...rest }: ConnectRecord): Omit<ConnectRecord, 'token'> {
  return rest;
}

/** How a client on this machine reaches what is bound to `host`. */
function toAuthority(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
