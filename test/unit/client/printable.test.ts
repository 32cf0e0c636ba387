import { afterEach, describe, expect, it, vi } from 'vitest';
import { explain } from '../../../src/client/explain.ts';
import { createChatClient, type Diagnostic, SessionError } from '../../../src/index.ts';
import { redact } from '../../../src/token/redact.ts';
import { startWorld, until } from '../../kit/world.ts';

/* What this library hands out for a console holds nothing that a terminal acts on, also where others wrote a part of it. */

const ACTIVE = /[\p{Cc}\p{Cf}\u2028\u2029]/u;
const ALL = Array.from({ length: 0x11_0000 }, (_, code) => code)
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code))
  .filter((character) => ACTIVE.test(character));

const SEQUENCES = [
  '\u001b[2J',
  '\u001b]8;;https://evil.example\u0007here\u001b]8;;\u0007',
  '\u009b31m',
  '\u009d0;owned\u009c',
  'ok\rfailed',
  '\u202eevil',
  '\u2066x\u2069',
  '\u200b\u00ad\u061c\ufeff',
  '\u{e0041}',
  ALL.join('.'),
];

describe('no terminal acts on', () => {
  afterEach(() => vi.restoreAllMocks());

  it.each(SEQUENCES)('%j in an error, in what a server wrote', (evil) => {
    expect(new SessionError({ code: 'internal', message: `a${evil}b` }).message).not.toMatch(ACTIVE);
    expect(`${new SessionError({ code: 'internal', message: evil }).stack}`.split('\n')[0]).not.toMatch(ACTIVE);
    expect(redact(`a${evil}b`)).not.toMatch(ACTIVE);
  });

  it.each(SEQUENCES)('%j in a user id: a warning, a diagnostic, the result of a call', async (evil) => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const diagnostics: Diagnostic[] = [];
    const client = createChatClient({
      apiKey: 'key',
      WebSocket: class {} as never,
      onDiagnostic: (diagnostic) => diagnostics.push(diagnostic),
    });
    client.connectUser({ id: `alice${evil}` });
    await vi.waitUntil(() => warn.mock.calls.length > 0);
    const result = await client.connectUser({ id: `alice${evil}` });
    const printed = [warn.mock.calls[0]?.[0], diagnostics[0]?.failure.message, result.success || result.error.message];
    for (const text of printed) {
      expect(text).toContain('alice');
      expect(text).not.toMatch(ACTIVE);
    }
    await client.dispose();
  });

  it.each(SEQUENCES)('%j in a user id and in the reason of a server: what explain() returns', async (evil) => {
    const { server, client: create } = await startWorld();
    const client = create({ timing: { backoffBaseMs: 40_000, backoffCapMs: 40_000 } });
    const check = () => {
      const { where, why, next, changes } = explain(client);
      for (const text of [where, why, next, ...changes.flatMap(({ when, effect }) => [when, effect])]) {
        expect(text).not.toMatch(ACTIVE);
      }
      return why;
    };
    client.subscribe(() => void check());
    const id = `alice${evil}`.slice(0, 60);
    await client.connectUser({ id }).orThrow();
    expect(check()).toContain('alice');
    server.faults.cause({ type: 'sendError', code: 9, message: `slow ${evil} down` });
    await until(client, 'waiting');
    check();
    void client.switchUser({ id: `bob${evil}`.slice(0, 60) });
    check();
    await client.dispose();
  });
});
