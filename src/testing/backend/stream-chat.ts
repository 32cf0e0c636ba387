import type { ConnectRequest, ServerSide } from './server.ts';

/** The server of the default protocol. */
export const streamChatServer: ServerSide = {
  readLogin: (data, url) => (data === null ? readUrl(url) : null),
  hello: (id, connectionId, nowMs) => {
    const time = new Date(nowMs).toISOString();
    return {
      type: 'health.check',
      connection_id: connectionId,
      cid: '*',
      me: { id, role: 'user', created_at: time, updated_at: time },
      created_at: time,
    };
  },
  error: (code, more) => ({
    error: {
      code,
      message: `error ${code}`,
      StatusCode: code === 9 ? 429 : 401,
      duration: '',
      more_info: '',
      ...more,
    },
  }),
  reply: (data) => (String(data).includes('health.check') ? { type: 'health.check', connection_id: 'same' } : null),
};

function readUrl(url: string): ConnectRequest {
  const query = new Map(
    (url.split('?')[1] ?? '').split('&').map((pair) => {
      const [name = '', value = ''] = pair.split('=');
      return [name, decodeURIComponent(value.replace(/\+/g, ' '))] as const;
    }),
  );
  const json = JSON.parse(query.get('json') ?? '{}') as { user_id?: string; user_details?: Record<string, unknown> };
  return {
    userId: json.user_id ?? '',
    authType: query.get('stream-auth-type') ?? '',
    token: query.get('authorization') ?? '',
    userDetails: json.user_details ?? {},
  };
}
