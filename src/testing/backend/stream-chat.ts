import type { User } from '../../user.ts';
import type { ConnectRequest } from './server.ts';

/** The server of the default protocol. */
export const streamChatServer = {
  hello(id: string, connectionId: string, nowMs: number): object {
    const time = new Date(nowMs).toISOString();
    return {
      type: 'health.check',
      connection_id: connectionId,
      cid: '*',
      me: { id, role: 'user', created_at: time, updated_at: time },
      created_at: time,
    };
  },
  error: (code: number, more: object): object => ({
    error: {
      code,
      message: `error ${code}`,
      StatusCode: code === 9 ? 429 : 401,
      duration: '',
      more_info: '',
      ...more,
    },
  }),
  reply: (data: unknown): object | null =>
    String(data).includes('health.check') ? { type: 'health.check', connection_id: 'same' } : null,
};

/** The login in the URL of a socket. */
export function readLogin(url: string): ConnectRequest {
  const query = new URL(url).searchParams;
  const json = JSON.parse(query.get('json') ?? '{}') as { user_id?: string; user_details?: Record<string, unknown> };
  return {
    userId: json.user_id ?? '',
    authType: query.get('stream-auth-type') ?? '',
    token: query.get('authorization') ?? '',
    userDetails: json.user_details ?? {},
  };
}

/** The response to an HTTP call. Guests get an id and a token; everything else is accepted without effect. */
export function respond(url: string, init: RequestInit | undefined, issue: (userId: string) => string): Response {
  if (!url.includes('/guest')) return created({});
  const { user } = JSON.parse(String(init?.body)) as { user: User };
  const guest = { ...user, id: `guest-${user.id}`, role: 'guest' };
  return created({ user: guest, access_token: issue(guest.id) });
}

/** Jest's jsdom has no `Response`: then it is what the client, and most apps, read of one. */
function created(body: object): Response {
  const text = JSON.stringify(body);
  if (typeof Response === 'function') return new Response(text, { status: 201 });
  const json = async () => JSON.parse(text) as unknown;
  return { ok: true, status: 201, headers: new Map(), json, text: async () => text } as unknown as Response;
}
