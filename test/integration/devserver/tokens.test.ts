import { jwtVerify, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { ApiError } from '../../../src/tools/devserver/error-codes.ts';
import { createLogin } from '../../../src/tools/devserver/login.ts';

/*
 * Tokens are signed and verified with node:crypto; `jose` stands for every other implementation of JWT.
 */

const SECRET = 'a secret of 32 characters or more';
const key = new TextEncoder().encode(SECRET);
const login = createLogin('key', SECRET, Date.now);
const verify = (token: string, by = login) => by.verify({ apiKey: 'key', authType: 'jwt', userId: null, token });

describe('tokens of the development server', () => {
  it('are verified by another implementation, with all that they say', async () => {
    const token = await login.issue('zoë ☃', { expiresInSeconds: 60, notBefore: 1 });
    const { payload, protectedHeader } = await jwtVerify(token, key, { algorithms: ['HS256'] });
    expect(protectedHeader).toEqual({ alg: 'HS256', typ: 'JWT' });
    expect(payload).toEqual({ user_id: 'zoë ☃', iat: expect.any(Number), exp: expect.any(Number), nbf: 1 });
    await expect(jwtVerify(token, new TextEncoder().encode(`${SECRET}!`))).rejects.toThrow(/signature/);
  });

  it.each([undefined, 7, { id: 'alice' }])('are for a user id, not for %j', async (userId) => {
    await expect(login.issue(userId as never)).rejects.toMatchObject({ code: 'invalidArgument', field: 'userId' });
  });

  it('of another implementation are verified', async () => {
    const token = await new SignJWT({ user_id: 'alice' })
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime('1h')
      .sign(key);
    expect(await verify(token)).toMatchObject({ userId: 'alice', issuedAtSeconds: null });
  });

  it.each<[string, number, (parts: { header: string; payload: string; signature: string }) => string]>([
    ['a changed payload', 43, ({ header, signature }) => `${header}.${part({ user_id: 'admin' })}.${signature}`],
    ['a changed header', 43, ({ payload, signature }) => `${part({ alg: 'HS256', x: 1 })}.${payload}.${signature}`],
    ['no signature', 43, ({ header, payload }) => `${header}.${payload}.`],
    ['a shorter signature', 43, ({ header, payload, signature }) => `${header}.${payload}.${signature.slice(1)}`],
    ['a signature with something behind', 43, ({ header, payload, signature }) => `${header}.${payload}.${signature}=`],
    ['a fourth part', 5, ({ header, payload, signature }) => `${header}.${payload}.${signature}.x`],
    ['no algorithm', 5, ({ payload }) => `${part({ alg: 'none' })}.${payload}.`],
    ['another algorithm', 5, ({ payload, signature }) => `${part({ alg: 'HS512' })}.${payload}.${signature}`],
    ['a header that is not JSON', 5, ({ payload, signature }) => `e30x.${payload}.${signature}`],
    ['one word', 5, () => 'token'],
  ])('with %s are refused with %i', async (_, code, change) => {
    const [header = '', payload = '', signature = ''] = (await login.issue('alice')).split('.');
    await expect(verify(change({ header, payload, signature }))).rejects.toMatchObject({ code });
  });

  it.each(['null', '7', '"text"', '{'])('that hold %s are refused with 5', async (payload) => {
    const { createHmac } = await import('node:crypto');
    const content = `${part({ alg: 'HS256' })}.${Buffer.from(payload).toString('base64url')}`;
    const signature = createHmac('sha256', SECRET).update(content).digest('base64url');
    await expect(verify(`${content}.${signature}`)).rejects.toMatchObject({ code: 5 });
  });

  it('issued after a clock was set back by a day are good from now on', async () => {
    let offsetMs = 86_400_000;
    const jumping = createLogin('key', SECRET, () => Date.now() + offsetMs);
    jumping.revoke('bob', new ApiError(40));
    offsetMs = 0;
    const token = await jumping.issue('alice', { expiresInSeconds: 60 });
    expect(await verify(token, jumping)).toMatchObject({ userId: 'alice' });
  });
});

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
