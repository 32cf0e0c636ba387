import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { jwtTokens } from '../../../src/token/jwt.ts';
import { validateToken } from '../../../src/token/load-token.ts';
import { jwt } from './jwt.ts';

const check = (value: unknown, id = 'alice') => validateToken(value, { id }, jwtTokens({ userClaim: 'user_id' }));
const messageOf = (value: unknown) => {
  const result = check(value);
  return result.ok ? '' : result.failure.message;
};

describe('validateToken', () => {
  it('takes a JWT of this user, and reads when it was issued and expires', () => {
    const text = jwt({ user_id: 'alice', iat: 1_700_000_000.5, exp: 1_700_003_600 });
    expect(check(text)).toEqual({
      ok: true,
      token: { text, issuedAtMs: 1_700_000_000_500, expiresAtMs: 1_700_003_600_000 },
    });
  });

  it('needs neither iat nor exp, and believes only numbers', () => {
    const nothing = { issuedAtMs: null, expiresAtMs: null };
    expect(check(jwt({ user_id: 'alice' }))).toMatchObject({ token: nothing });
    expect(check(jwt({ user_id: 'alice', exp: 'soon', iat: null }))).toMatchObject({ token: nothing });
  });

  it('is not for expiry: by the local clock alone no token is bad', () => {
    expect(check(jwt({ user_id: 'alice', exp: 1 }))).toMatchObject({ ok: true });
  });

  it('reads names that are not ASCII', () => {
    expect(check(jwt({ user_id: 'zoë-ö-\u{1F600}' }), 'zoë-ö-\u{1F600}')).toMatchObject({ ok: true });
  });

  it('forgives white space around it', () => {
    const text = jwt({ user_id: 'alice' });
    expect(check(` ${text}\n`)).toMatchObject({ ok: true, token: { text } });
  });

  it('B5: an empty text means "not available now"', () => {
    for (const empty of ['', ' \n']) {
      expect(check(empty)).toMatchObject({ ok: false, failure: { code: 'tokenUnavailable' } });
    }
  });

  it.each([
    ['undefined', undefined, "look at the status of the endpoint's response"],
    ['null', null, 'null'],
    ['"undefined"', 'undefined', 'the string "undefined"'],
    ['"null"', 'null', 'the string "null"'],
    ['JSON', `{"token":"${jwt({ user_id: 'alice' })}"}`, 'JSON'],
    ['a JSON text', JSON.stringify(jwt({ user_id: 'alice' })), 'JSON'],
    ['an object', { access: jwt({ user_id: 'alice' }) }, 'It is an object, not a string.'],
    ['a response', { text: async () => '' }, 'It is an object, not a string: return the text of the response.'],
    ['an object with an expiry as a string', { token: 'x', expiresAtMs: '2030-01-01' }, 'Its expiresAtMs is a string'],
    ['an object with an expiry as a date', { token: 'x', expiresAtMs: new Date(0) }, 'Its expiresAtMs is an object'],
    ['an object without an expiry', { token: 'x' }, 'not a string: return its token, or add expiresAtMs.'],
    ['an array', [], 'an array'],
    ['a number', 7, 'a number'],
    ['a function', () => '', 'a function'],
    ['a Bearer header', `Bearer ${jwt({ user_id: 'alice' })}`, 'Bearer'],
    ['a page', '<html></html>', 'web page'],
    ['the body of a response', '{"token":"abc"}', 'the token in it'],
    ['a refusal', '{"code":16,"message":"no"}', 'JSON without a token'],
    ['any text', 'secret-thing', 'three parts'],
    ['two parts', 'a.b', 'three parts'],
    ['a JWT in a sentence', `here: ${jwt({ user_id: 'alice' })}`, 'three parts'],
    ['a JWT with more behind it', `${jwt({ user_id: 'alice' })} ok`, 'three parts'],
    ['what is far too long', `${jwt({ user_id: 'alice' })}${'x'.repeat(65_536)}`, 'longer than 65,536 characters'],
    ['parts that are no JSON', 'aaaa.bbbb.cccc', 'cannot be decoded'],
    ['a payload that is no object', `${jwt({}).split('.')[0]}.${btoa('7')}.c`.replace(/=/g, ''), 'cannot be decoded'],
    ['no user_id', jwt({ sub: 'alice' }), 'Its user_id is undefined, not a string'],
    ['a number as user_id', jwt({ user_id: 7 }), 'Its user_id is a number, not a string'],
  ])('B5: %s is named', (_, value, expected) => {
    expect(check(value)).toMatchObject({ ok: false, failure: { code: 'tokenInvalid' } });
    expect(messageOf(value)).toContain(expected);
  });

  it("B6: another user's token is refused, and that user is not named", () => {
    expect(messageOf(jwt({ user_id: 'bob' }))).toContain('It belongs to another user.');
    expect(messageOf(jwt({ user_id: 'bob' }))).not.toContain('bob');
  });

  it('law 9: no message quotes the value', () => {
    for (const value of ['secret-thing', 'secret.thing', `{"token":"secret-thing"}`, 'Bearer secret-thing']) {
      expect(messageOf(value)).not.toContain('secret');
    }
  });
});

it('a platform without atob is named, and the token is not blamed', () => {
  vi.stubGlobal('atob', undefined);
  onTestFinished(() => void vi.unstubAllGlobals());
  const message = 'checkToken() of the protocol failed: this platform has no atob, which a polyfill adds';
  expect(check(jwt({ user_id: 'alice' }))).toMatchObject({ ok: false, failure: { code: 'protocolFailed', message } });
});
