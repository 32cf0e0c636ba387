import { describe, expect, it } from 'vitest';
import { callHeaders, callUrl, guestUrl, retryAfterMs } from '../../../src/protocol/http.ts';

const alice = { kind: 'user', id: 'alice', user: { id: 'alice' } } as const;
const call = { baseUrl: 'https://chat.example.org', apiKey: 'key', userId: 'alice', connectionId: 'c1' };

describe('callUrl', () => {
  it('adds user, connection and key, which the caller cannot replace', () => {
    const url = callUrl({ ...call, path: '/channels', query: { limit: '3', user_id: 'bob' } });
    expect(Object.fromEntries(new URL(url).searchParams)).toEqual({
      limit: '3',
      user_id: 'alice',
      connection_id: 'c1',
      api_key: 'key',
    });
  });

  it('leaves the connection out where there is none, and goes on with a query in the path', () => {
    const url = callUrl({ ...call, path: '/channels?limit=3', query: {}, connectionId: null });
    expect(url).toBe('https://chat.example.org/channels?limit=3&user_id=alice&api_key=key');
  });

  it('asks for guests with the key alone', () => {
    expect(guestUrl('https://chat.example.org', 'a key')).toBe('https://chat.example.org/guest?api_key=a+key');
  });
});

describe('callHeaders', () => {
  it('names the token without Bearer, and lets no caller replace what the session says', () => {
    const own = { Authorization: 'mine', 'Stream-Auth-Type': 'anonymous', 'X-Request-Id': '7' };
    expect(callHeaders(own, alice, 'head.body.sign', 'sessionchart')).toEqual({
      authorization: 'head.body.sign',
      'stream-auth-type': 'jwt',
      'x-stream-client': 'sessionchart',
      'x-request-id': '7',
    });
  });

  it('sends no token for an anonymous user, not even the caller’s', () => {
    const identity = { kind: 'anonymous', id: 'a', user: { id: 'a' } } as const;
    expect(callHeaders({ authorization: 'mine' }, identity, null, 'sessionchart')).toEqual({
      'stream-auth-type': 'anonymous',
      'x-stream-client': 'sessionchart',
    });
  });
});

describe('retryAfterMs', () => {
  const nowMs = Date.parse('2026-01-01T00:00:00Z');
  const wait = (headers: Readonly<Record<string, string>>) => retryAfterMs((name) => headers[name] ?? null, nowMs);

  it.each([
    ['seconds', { 'retry-after': '7' }, 7_000],
    ['a fraction of one', { 'retry-after': '0.25' }, 250],
    ['a date', { 'retry-after': 'Thu, 01 Jan 2026 00:01:00 GMT' }, 60_000],
    ['a date that has passed', { 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }, 0],
    ['the end of the window', { 'x-ratelimit-reset': String(nowMs / 1000 + 30) }, 30_000],
    ['both: retry-after counts', { 'retry-after': '2', 'x-ratelimit-reset': String(nowMs / 1000 + 30) }, 2_000],
    ['nonsense, and then the window', { 'retry-after': 'soon', 'x-ratelimit-reset': String(nowMs / 1000 + 3) }, 3_000],
    ['nonsense', { 'retry-after': 'soon' }, 0],
    ['a negative number', { 'retry-after': '-5' }, 0],
    ['nothing', {}, 0],
  ])('understands %s', (_, headers, expected) => {
    expect(wait(headers)).toBe(expected);
  });
});
