import { describe, expect, it } from 'vitest';
import { canRenew, loadToken } from '../../../src/token/load-token.ts';
import type { TokenRequest } from '../../../src/token/source.ts';
import { jwt } from './jwt.ts';

const alice = { id: 'alice', name: 'Alice' };
const good = jwt({ user_id: 'alice' });
const request: TokenRequest = { signal: new AbortController().signal, reason: 'login' };

describe('loadToken', () => {
  it('takes all three forms of a source', async () => {
    const expected = { ok: true, token: { text: good } };
    expect(await loadToken(good, alice, request)).toMatchObject(expected);
    expect(await loadToken(() => good, alice, request)).toMatchObject(expected);
    expect(await loadToken(async () => good, alice, request)).toMatchObject(expected);
    class Provider {
      readonly #token = good;
      loadToken() {
        return this.#token;
      }
    }
    expect(await loadToken(new Provider(), alice, request)).toMatchObject(expected);
  });

  it('says for which user, why, and until when', async () => {
    const calls: unknown[][] = [];
    const source = (...values: unknown[]) => {
      calls.push(values);
      return good;
    };
    await loadToken(source, alice, { ...request, reason: 'refused' });
    expect(calls).toEqual([[alice, { signal: request.signal, reason: 'refused' }]]);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no network');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no network'))],
    ['rejects with a text', () => Promise.reject('no network')],
  ])('law 11: a provider that %s makes a failure that says so', async (_, source) => {
    expect(await loadToken(source, alice, request)).toMatchObject({
      ok: false,
      permanent: false,
      failure: { code: 'tokenUnavailable', message: expect.stringContaining('no network') },
    });
  });

  it('law 9: what a provider throws loses the token, in the message and in the cause', async () => {
    const answer = await loadToken(() => Promise.reject(new Error(`bad ${good}`)), alice, request);
    expect(answer).toMatchObject({ failure: { message: 'The token provider failed: bad [token]' } });
    expect(answer).toMatchObject({ cause: expect.objectContaining({ message: 'bad [token]' }) });
  });

  it('a bad static token is permanent, a bad answer of a provider is not', async () => {
    expect(await loadToken('<p>', alice, request)).toMatchObject({ ok: false, permanent: true });
    expect(await loadToken(() => '<p>', alice, request)).toMatchObject({ ok: false, permanent: false });
    expect(await loadToken(undefined, alice, request)).toMatchObject({
      permanent: true,
      failure: { code: 'tokenSourceMissing' },
    });
  });
});

describe('canRenew', () => {
  it('a provider can, a static token only in the place of another', () => {
    expect(canRenew(() => good, good)).toBe(true);
    expect(canRenew({ loadToken: () => good }, good)).toBe(true);
    expect(canRenew(` ${good}\n`, good)).toBe(false);
    expect(canRenew(good, jwt({ user_id: 'alice', iat: 1 }))).toBe(true);
    expect(canRenew(undefined, good)).toBe(false);
  });
});
