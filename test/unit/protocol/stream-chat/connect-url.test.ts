import { describe, expect, it } from 'vitest';
import type { Login } from '../../../../src/protocol/protocol.ts';
import { connectUrl } from '../../../../src/protocol/stream-chat/connect-url.ts';
import type { StreamChatApp } from '../../../../src/protocol/stream-chat/index.ts';

const alice = { kind: 'user', id: 'alice', user: { id: 'alice', name: 'Alice & Ö', plan: { tier: 1 } } } as const;

const app: StreamChatApp = { baseUrl: 'https://chat.example.org/api', apiKey: 'key', clientName: 'sessionchart' };
const login: Login = { identity: alice, profile: 'full', token: 'head.body.sign', createId: () => 'request-1' };

const read = (changes: Partial<Login> = {}, baseUrl = app.baseUrl) => {
  const url = new URL(connectUrl({ ...app, baseUrl }, { ...login, ...changes }));
  return { url, query: url.searchParams, json: JSON.parse(url.searchParams.get('json') ?? '') as unknown };
};

describe('connectUrl', () => {
  it('turns http into ws, and keeps host and path', () => {
    expect(read().url).toMatchObject({ protocol: 'wss:', host: 'chat.example.org', pathname: '/api/connect' });
    expect(read({}, 'http://127.0.0.1:3030').url).toMatchObject({ protocol: 'ws:', pathname: '/connect' });
    expect(read({}, 'HTTPS://chat.example.org').url).toMatchObject({ protocol: 'wss:', pathname: '/connect' });
  });

  it('says who connects, with what token, and by which client', () => {
    const { query, json } = read();
    expect(json).toEqual({ user_id: 'alice', user_details: alice.user, client_request_id: 'request-1' });
    expect(Object.fromEntries(query)).toMatchObject({
      api_key: 'key',
      authorization: 'head.body.sign',
      'stream-auth-type': 'jwt',
      'X-Stream-Client': 'sessionchart',
    });
  });

  it('sends the id only on a reconnect, so that profile edits made meanwhile are kept', () => {
    expect(read({ profile: 'idOnly' }).json).toMatchObject({ user_details: { id: 'alice' } });
    expect(read({ profile: 'idOnly' }).url.href).not.toContain('Alice');
  });

  it('A24: an anonymous user is anonymous, on reconnects too', () => {
    const identity = { kind: 'anonymous', id: 'some-uuid', user: { id: 'some-uuid' } } as const;
    for (const profile of ['full', 'idOnly'] as const) {
      const { query, json } = read({ identity, token: null, profile });
      expect(json).toMatchObject({ user_id: 'some-uuid', user_details: { id: 'some-uuid', anon: true } });
      expect(query.get('stream-auth-type')).toBe('anonymous');
      expect(query.get('authorization')).toBe('');
    }
  });

  it('is encoded as URLSearchParams encodes', () => {
    const { url, query } = read();
    expect(url.search.slice(1)).toBe(query.toString());
  });
});
