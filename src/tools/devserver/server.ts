import { closeServer, listen } from '../access/http-server.ts';
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
import type { Parts } from './parts.ts';
import { createSockets, type Sockets } from './sockets.ts';
import type { DevServer, DevServerOptions, DevServerState } from './types.ts';

/**
 * Starts a server that speaks the session protocol of Stream Chat, in this process, for development and tests. It
 * verifies tokens, keeps everything in memory, and causes faults on demand ({@link DevServer.faults}).
 *
 * Rejects with a `TypeError` that names an invalid option, and when the port cannot be bound.
 */
export async function startDevServer(options: DevServerOptions = {}): Promise<DevServer> {
  const completed = completeOptions(options);
  const { host, apiKey, secret, now } = completed;

  const log = createEventLog(now);
  const chat = createChat(now);
  const login = createLogin(apiKey, secret, now);
  const faults: FaultRegistry = createFaultRegistry(log, (caused) => applyFault(caused, sockets, parts));
  const parts: Parts = { ...completed, log, chat, login, faults };
  const admit = createGate(parts, () => port);
  const sockets: Sockets = createSockets(parts, admit, createHandshake(parts));
  const { list, find, liftAll } = faults;

  function state(): DevServerState {
    return {
      apiKey,
      total: log.counts(),
      users: log.users(),
      connects: log
        .connects()
        .slice(-SHOWN_CONNECTS)
        .map(({ token: _, ...connect }) => connect),
      faults: list(),
    };
  }

  const onRequest = createHttpHandler(parts, {
    admit,
    api: createApiRoutes(parts, sockets),
    dev: createDevRoutes(parts, state),
  });
  const { server: http, port } = await listen(onRequest, completed);
  http.on('upgrade', sockets.upgrade);

  async function shutDown(): Promise<void> {
    log.close();
    sockets.close();
    await closeServer(http);
    faults.liftAll();
  }

  let closing: Promise<void> | null = null;
  const close = () => {
    closing ??= shutDown();
    return closing;
  };

  return {
    url: `http://${toAuthority(host)}:${port}`,
    port,
    apiKey,
    secret,
    faults: { cause: (fault) => faults.cause(parseFault(fault)), list, find, liftAll },
    createToken: login.issue,
    counts: log.counts,
    connects: log.connects,
    user: chat.user,
    updateUser: (userId, fields) => chat.upsertUser(userId, fields),
    push(event, userId) {
      const frame = JSON.stringify(event);
      return sockets.connected(userId).filter(({ socket }) => socket.trySend(frame)).length;
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

/** The name under which a client on this machine reaches what is bound to `host`. */
function toAuthority(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
