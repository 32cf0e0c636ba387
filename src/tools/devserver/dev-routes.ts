import { ApiError } from './error-codes.ts';
import { parseFault } from './fault-schema.ts';
import type { Call, Reply, Route } from './http.ts';
import type { Parts } from './parts.ts';
import type { DevServerState } from './types.ts';

/**
 * Alongside the API: tokens, faults and counters for pages, tests and curl.
 *
 *     GET    /dev/token?user_id=alice&ttl=60   {token}
 *     GET    /dev/state                        counters, connects, faults
 *     GET    /dev/faults                       the faults that are armed or hold something back
 *     POST   /dev/faults                       cause one: its JSON
 *     GET    /dev/faults/{id}                  show it
 *     POST   /dev/faults/{id}/release          release what it holds back
 *     DELETE /dev/faults/{id}                  lift it
 *     DELETE /dev/faults?user_id=alice         lift all (of one user)
 */
export function createDevRoutes({ faults, login, tokenTtlSeconds }: Parts, state: () => DevServerState): Route {
  async function issueToken({ query }: Call): Promise<Reply> {
    const userId = query.get('user_id') ?? '';
    if (userId === '') throw new ApiError(4, 'user_id is needed: /dev/token?user_id=alice');
    const expiresInSeconds = Number(query.get('ttl') ?? tokenTtlSeconds);
    if (!Number.isFinite(expiresInSeconds)) throw new ApiError(4, 'ttl must be a number of seconds');
    return ok({ token: await login.issue(userId, { expiresInSeconds }) });
  }

  function cause({ headers, body, problem }: Call): Reply {
    if (body !== undefined || problem !== null) requireJson(headers['content-type']);
    if (problem !== null) throw problem;
    return { status: 201, body: { ...faults.cause(parseFault(body)).state } };
  }

  function oneFault(method: string, id: string, action: string | undefined): Reply {
    const handle = faults.find(Number(id));
    if (handle === undefined) throw new ApiError(16, `There is no fault ${id}: it has ended, or never existed`);
    if (method === 'POST' && action === 'release') return ok({ released: handle.release(), ...handle.state });
    if (!['GET', 'DELETE'].includes(method) || action !== undefined)
      throw new ApiError(16, 'A fault takes GET, DELETE and POST …/release');
    if (method === 'DELETE') handle.lift();
    return ok({ ...handle.state });
  }

  const routes: Readonly<Record<string, Route>> = {
    'GET /dev/token': issueToken,
    'HEAD /dev/token': issueToken,
    'POST /dev/token': issueToken,
    'GET /dev/state': () => ok({ ...state() }),
    'GET /dev/faults': () => ok({ faults: faults.list() }),
    'POST /dev/faults': cause,
    'DELETE /dev/faults': ({ query }) => {
      faults.liftAll(query.get('user_id') ?? undefined);
      return ok({ faults: faults.list() });
    },
  };

  return (call) => {
    const { method, path } = call;
    const { id, action } = /^\/dev\/faults\/(?<id>[^/]*)(?:\/(?<action>[^/]*))?$/.exec(path)?.groups ?? {};
    if (id !== undefined) return oneFault(method, id, action);
    const route = routes[`${method} ${path}`];
    if (route === undefined) throw new ApiError(16, `There is no ${method} ${path}`);
    return route(call);
  };
}

const ok = (body: Readonly<Record<string, unknown>>): Reply => ({ status: 200, body });

/** A form of any page can post text without asking first, but not JSON. */
function requireJson(contentType = ''): void {
  if (/^application\/json\s*(;|$)/i.test(contentType)) return;
  throw new ApiError(4, 'A fault is sent with Content-Type: application/json (curl --json)', { status: 415 });
}
