import { describe, expect, it, test } from 'vitest';
import { streamChat } from '../../../src/index.ts';
import { type ProtocolUnderTest, protocolContract } from '../../../src/testing/protocol-contract.ts';
import { FAULTS, good, MEMBERS, NASTY, PARTS, withConnection } from '../../kit/bad-protocols.ts';

const part = (value: object) => btoa(JSON.stringify(value)).replace(/=+$/, '');
const tokenOf = (payload: object) => `${part({ alg: 'HS256' })}.${part(payload)}.c2ln`;

const PLAIN: ProtocolUnderTest = {
  protocol: good,
  token: tokenOf({ sub: 'alice', n: 1 }),
  nextToken: tokenOf({ sub: 'alice', n: 2 }),
  hello: ['{"type":"welcome","user":"alice","connection":"c1","time":1}'],
  events: ['{"type":"note","user":"bob","text":"Hello"}'],
  sends: [{ type: 'note', text: 'Hello' }],
};

protocolContract(
  () => ({
    protocol: streamChat({ apiKey: 'key' }),
    token: tokenOf({ user_id: 'alice', n: 1 }),
    nextToken: tokenOf({ user_id: 'alice', n: 2 }),
    hello: [
      '{"type":"health.check","connection_id":"c1","cid":"*","created_at":"2030-01-01T00:00:00Z","me":{"id":"alice","role":"user"}}',
    ],
    events: ['{"type":"message.new","cid":"messaging:general"}'],
    errors: [
      ['{"error":{"code":40,"message":"expired","StatusCode":401}}', 'tokenExpired'],
      ['{"error":{"code":2,"message":"no such key","StatusCode":401}}', 'app'],
    ],
  }),
  { describe, test },
  'the default protocol',
);

/** The names of the tests that a protocol fails. */
async function failuresOf(subject: ProtocolUnderTest): Promise<readonly string[]> {
  const tests: { readonly name: string; readonly body: () => Promise<void> }[] = [];
  protocolContract(() => subject, {
    describe: (_, body) => body(),
    test: (name, body) => tests.push({ name, body }),
  });
  const failed: string[] = [];
  for (const { name, body } of tests) await body().catch(() => failed.push(name));
  return failed;
}

/** What is as good as leaving the member out, or a promise of it. */
const HARMLESS = ['returns nothing'];

describe('the contract for protocols', () => {
  it('has nothing against a good one', async () => {
    expect(await failuresOf(PLAIN)).toEqual([]);
  });

  describe.each(Object.entries(MEMBERS))('finds one whose %s', (member, put) => {
    const mayReturnNothing = /closed|refused|readError|read\(/.test(member);
    const faults = Object.entries(FAULTS).filter(([fault]) => !(mayReturnNothing && HARMLESS.includes(fault)));
    it.each(faults)('%s', async (_, fault) => {
      expect(await failuresOf({ ...PLAIN, protocol: put(fault) as never })).not.toEqual([]);
    });
  });

  it.each(NASTY)('finds one that %s', async (_, protocol) => {
    expect(await failuresOf({ ...PLAIN, protocol: protocol as never })).not.toEqual([]);
  });

  it.each(PARTS)('finds one with %s', async (_, parts) => {
    expect(await failuresOf({ ...PLAIN, protocol: withConnection(parts) as never })).not.toEqual([]);
  });
});
