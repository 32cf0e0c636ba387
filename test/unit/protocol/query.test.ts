import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeQuery } from '../../../src/protocol/query.ts';

describe('encodeQuery writes what URLSearchParams writes', () => {
  it.each([
    'plain',
    'a b+c',
    "!'()*~-._",
    '{"user_id":"alice","user_details":{"name":"Zoë & Ö"}}',
    '%41=&?#/\\',
    '\u{1F600} \u0000 \n',
    'a lone \uD83D surrogate, and the other \uDE00 one',
    '\uDE00\uD83D',
  ])('%j', (text) => {
    expect(encodeQuery({ text })).toBe(new URLSearchParams({ text }).toString());
  });

  it('for any names and values', () => {
    // Strings of the unit "binary" would be drawn from a table of all code points, which takes a second to make.
    const character = fc.oneof(fc.nat(0x7f), fc.nat(0x10ffff)).map((code) => String.fromCodePoint(code));
    const text = fc.oneof(
      fc.array(character, { maxLength: 40 }).map((characters) => characters.join('')),
      fc.constantFrom('__proto__', 'constructor', 'toString'),
    );
    fc.assert(
      fc.property(fc.dictionary(text, text), (entries) => {
        expect(encodeQuery(entries)).toBe(new URLSearchParams({ ...entries }).toString());
      }),
    );
  });

  it('leaves out what is undefined, and keeps what is empty', () => {
    expect(encodeQuery({ user_id: 'alice', connection_id: undefined, authorization: '' })).toBe(
      'user_id=alice&authorization=',
    );
  });
});
