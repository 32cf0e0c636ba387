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
export function createDevRoutes({ faults, tokens, tokenTtlSeconds }: Parts, state: () => DevServerState): Route {
  async function issueToken({ query }: Call): Promise<Reply> {
    const userId = query.get('user_id') ?? '';
    if (userId === '') throw new ApiError(4, 'user_id is needed: /dev/token?user_id=alice');
    const expiresInSeconds = Number(query.get('ttl') ?? tokenTtlSeconds);
    if (!Number.isFinite(expiresInSeconds)) throw new ApiError(4, 'ttl must be a number of seconds');
    return ok({ token: await tokens.issue(userId, { expiresInSeconds }) });
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

  return (call) => {
    const { method, path, query } = call;
    const [, , id, action, ...more] = path.slice(1).split('/');
    if (path.startsWith('/dev/faults/') && id !== undefined && more.length === 0) return oneFault(method, id, action);
    if (path === '/dev/token' && ['GET', 'HEAD', 'POST'].includes(method)) return issueToken(call);
    switch (`${method} ${path}`) {
      case 'GET /dev/state':
        return ok({ ...state() });
      case 'POST /dev/faults':
        return cause(call);
      case 'DELETE /dev/faults':
        faults.liftAll(query.get('user_id') ?? undefined);
        return ok({ faults: faults.list() });
      case 'GET /dev/faults':
        return ok({ faults: faults.list() });
      default:
        throw new ApiError(16, `There is no ${method} ${path}`);
    }
  };
}

const ok = (body: Readonly<Record<string, unknown>>): Reply => ({ status: 200, body });

/** A form of any page can post text without asking first, but not JSON. */
function requireJson(contentType = ''): void {
  if (/^application\/json\s*(;|$)/i.test(contentType)) return;
  throw new ApiError(4, 'A fault is sent with Content-Type: application/json (curl --json)', { status: 415 });
}
