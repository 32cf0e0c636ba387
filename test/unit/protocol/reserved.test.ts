import { describe, expect, it } from 'vitest';
import { reservedNameIn } from '../../../src/protocol/query.ts';
import { callUrl, RESERVED } from '../../../src/protocol/stream-chat/http.ts';

const app = { baseUrl: 'https://chat.example.org', apiKey: 'key', clientName: 'test' };
const call = { query: {}, headers: {}, kind: 'user', userId: 'alice', connectionId: 'c1', token: null } as const;

describe('what the session puts into a query stands there once (law 4)', () => {
  it.each([
    '/x?user_id=bob',
    '/x?limit=3&user_id=bob',
    '/x?user_id',
    '/x?%75ser_id=bob',
    '/x?user%5Fid=bob',
    '/x?User_ID=bob',
    '/x?us\ner_id=bob',
    '/x?connection_id=c2',
    '/x?api_key=other',
    '/x?authorization=token',
    '/x?stream-auth-type=anonymous',
    '/x?X-Stream-Client=me',
  ])('%j holds a name of its own', (path) => {
    const name = reservedNameIn(RESERVED, path);
    expect(name).not.toBeNull();
    const names = [...new URL(`https://chat.example.org${path}`).searchParams.keys()];
    expect(names).toContain(name);
  });

  it.each([
    '/x',
    '/user_id/x',
    '/x?',
    '/x?my_user_id=bob',
    '/x?filter=user_id',
    '/x?a=b=user_id',
    '/x?%zz=1&b=%',
    '/x?a?user_id',
  ])('%j holds none', (path) => {
    expect(reservedNameIn(RESERVED, path)).toBeNull();
    const { searchParams } = new URL(callUrl(app, { ...call, path }));
    expect(searchParams.getAll('user_id')).toEqual(['alice']);
  });
});
