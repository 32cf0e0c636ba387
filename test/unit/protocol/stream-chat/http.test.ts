import { describe, expect, it } from 'vitest';
import type { HttpCall } from '../../../../src/protocol/protocol.ts';
import { callHeaders, callUrl, createGuest, readGuest } from '../../../../src/protocol/stream-chat/http.ts';

const app = { baseUrl: 'https://chat.example.org', apiKey: 'key', clientName: 'sessionchart' };
const call: HttpCall = {
  path: '/channels',
  query: {},
  headers: {},
  kind: 'user',
  userId: 'alice',
  connectionId: 'c1',
  token: 'head.body.sign',
};

describe('callUrl', () => {
  it('adds user, connection and key, which the caller cannot replace', () => {
    const url = callUrl(app, { ...call, query: { limit: '3', user_id: 'bob' } });
    expect(Object.fromEntries(new URL(url).searchParams)).toEqual({
      limit: '3',
      user_id: 'alice',
      connection_id: 'c1',
      api_key: 'key',
    });
  });

  it('leaves the connection out where there is none, and continues a query in the path', () => {
    const url = callUrl(app, { ...call, path: '/channels?limit=3', connectionId: null });
    expect(url).toBe('https://chat.example.org/channels?limit=3&user_id=alice&api_key=key');
  });
});

describe('callHeaders', () => {
  it('sends the token without Bearer, and lets no caller replace what the session sets', () => {
    const headers = { Authorization: 'mine', 'Stream-Auth-Type': 'anonymous', 'X-Request-Id': '7' };
    expect(callHeaders(app, { ...call, headers })).toEqual({
      authorization: 'head.body.sign',
      'stream-auth-type': 'jwt',
      'x-stream-client': 'sessionchart',
      'x-request-id': '7',
    });
  });

  it('sends no token for an anonymous user, not even the caller’s', () => {
    const headers = { authorization: 'mine' };
    expect(callHeaders(app, { ...call, kind: 'anonymous', token: null, headers })).toEqual({
      'stream-auth-type': 'anonymous',
      'x-stream-client': 'sessionchart',
    });
  });
});

describe('guests', () => {
  it('are created with the key alone', () => {
    expect(createGuest({ ...app, apiKey: 'a key' }, { id: 'visitor' })).toEqual({
      url: 'https://chat.example.org/guest?api_key=a+key',
      headers: { 'stream-auth-type': 'anonymous', 'x-stream-client': 'sessionchart' },
      body: { user: { id: 'visitor' } },
    });
  });

  it('are read with their token, frozen, and without touching a prototype', () => {
    const body: unknown = JSON.parse('{"user":{"id":"guest-1","__proto__":{"admin":true}},"access_token":"t"}');
    const guest = readGuest(body);
    expect(guest).toMatchObject({ user: { id: 'guest-1' }, token: 't' });
    expect(Object.isFrozen(guest?.user)).toBe(true);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it.each([null, 7, [], {}, { user: {} }, { user: { id: '' }, access_token: 't' }, { user: { id: 'x' } }])(
    '%j holds none',
    (body) => {
      expect(readGuest(body)).toBeUndefined();
    },
  );
});
