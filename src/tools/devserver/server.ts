import { createServer } from 'node:http';
import { serverLimits } from '../access/http-limits.ts';
import { createApiRoutes } from './api-routes.ts';
import { applyFault } from './apply-fault.ts';
import { createChat } from './chat.ts';
import { createDevRoutes } from './dev-routes.ts';
import { createEventLog } from './event-log.ts';
import { createFaultRegistry, type FaultRegistry } from './fault-registry.ts';
import { parseFault } from './fault-schema.ts';
import { createGate } from './gate.ts';
import { createHandshake } from './handshake.ts';
import { createHttpHandler } from './http-handler.ts';
import { createLogin } from './login.ts';
import { completeOptions } from './options.ts';
import { createSockets } from './sockets.ts';
import { createTimers } from './timers.ts';
import { createTokens } from './tokens.ts';
import type { ChatMessage, ConnectRecord, DevServer, DevServerOptions, DevServerState } from './types.ts';

/**
 * Starts a server that speaks the session protocol of Stream Chat, in this process, for development and tests. It
 * verifies tokens, keeps everything in memory, and causes faults on demand ({@link DevServer.faults}).
 *
 * Rejects with a `TypeError` that names an invalid option, and when the port cannot be bound.
 */
export async function startDevServer(options: DevServerOptions = {}): Promise<DevServer> {
  const completed = completeOptions(options);
  const { host, apiKey, secret, helloDelayMs, tokenTtlSeconds, maxPayloadBytes, now } = completed;

  const timers = createTimers();
  const log = createEventLog(now);
  const tokens = createTokens(secret, now);
  const chat = createChat(now);
  const login = createLogin(apiKey, tokens);
  const faults = (): FaultRegistry => registry;
  const admit = createGate({ allowedOrigins: completed.allowedOrigins, bound: () => ({ host, port }), log });
  const onOpen = createHandshake({ chat, faults, helloDelayMs, login, timers });
  const sockets = createSockets({ admit, log, timers, now, faults, maxPayloadBytes, onOpen });
  const registry = createFaultRegistry({
    timers,
    apply: (fault) => applyFault(fault, sockets.open, { chat, login }),
    onChange: (fault) => log.emit({ type: 'fault', userId: fault.fault.userId ?? null, fault }),
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
      if (user !== null && members.has(user.id)) socket.trySend(frame);
    }
    log.emit({ type: 'message', userId: message.user.id, cid, message });
  }

  function state(): DevServerState {
    return {
      apiKey,
      total: log.counts(),
      users: log.users(),
      connects: log.connects().slice(-SHOWN_CONNECTS).map(withoutToken),
      faults: registry.list(),
    };
  }

  const isConnected = (connectionId: string) => connected().some(({ record }) => record.connectionId === connectionId);
  const api = createApiRoutes({ apiKey, chat, login, tokens, tokenTtlSeconds, isConnected, publish });
  const dev = createDevRoutes({ faults, state, tokens, tokenTtlSeconds });
  const http = createServer(
    serverLimits(completed.requestTimeoutMs),
    createHttpHandler({ admit, api, dev, faults, log, maxPayloadBytes, now }),
  );
  http.maxConnections = completed.maxConnections;
  http.on('upgrade', sockets.upgrade);
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(completed.port, host, () => {
      http.off('error', reject);
      resolve();
    });
  });
  const address = http.address();
  const port = typeof address === 'object' && address !== null ? address.port : completed.port;

  let closing: Promise<void> | null = null;
  function close(): Promise<void> {
    closing ??= new Promise((resolve) => {
      timers.clear();
      log.close();
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
      cause: (fault) => registry.cause(parseFault(fault)),
      list: registry.list,
      find: registry.find,
      liftAll: registry.liftAll,
    },
    createToken: tokens.issue,
    counts: log.counts,
    connects: log.connects,
    user: chat.user,
    updateUser: (userId, fields) => chat.upsertUser(userId, fields),
    push(event, userId) {
      const frame = JSON.stringify(event);
      return connected(userId).filter(({ socket }) => socket.trySend(frame)).length;
    },
    on: log.on,
    waitFor: log.waitFor,
    until: log.until,
    state,
    close,
    [Symbol.asyncDispose]: close,
  };
}

const SHOWN_CONNECTS = 100;

function withoutToken({ token: _, ...rest }: ConnectRecord): Omit<ConnectRecord, 'token'> {
  return rest;
}

/** The name under which a client on this machine reaches what is bound to `host`. */
function toAuthority(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
