import { afterEach, describe, expect, it, vi } from 'vitest';
import { recordJournal } from '../../../src/index.ts';
import { type Replay, replayJournal } from '../../../src/journal/replay.ts';
import { describeSteps } from '../../../src/tools/cli/journal/steps.ts';
import { writeTest } from '../../../src/tools/cli/journal/test-file.ts';
import { fail } from '../../../src/tools/cli/terminal.ts';
import { startWorld, until } from '../../kit/world.ts';

/*
 * A journal is a file that anyone may have written: in every text of it, and in every name of a member, each of these is
 * put in turn, and nothing that a terminal acts on is printed.
 */

const SEQUENCES = [
  '\u001b[2J',
  '\u001b]0;owned\u0007',
  '\u001b]8;;https://evil.example\u001b\\here\u001b]8;;\u001b\\',
  '\u001bP$q"p\u001b\\',
  '\u009b2J',
  '\u009d0;owned\u009c',
  'ok\rfailed',
  'a\nb\u0085c\u2028d\u2029e',
  '\b\b\b\u007f\u0000',
  '\u202eevil\u202c',
  '\u2066x\u2069',
  '\u200b\u00ad\u061c\ufeff',
  '\u{e0041}\u{e007f}',
];

const ACTIVE = /[^\P{Cc}\n]|\p{Cf}|[\u2028\u2029]/u;
/** What marks the step that diverges. */
const OWN_COLOURS = ['\u001b[31m', '\u001b[39m'];

type Place = readonly (string | number)[];

/** The paths of all texts, and of all members, whose name is a text, too. */
function placesOf(value: unknown, path: Place = []): { readonly texts: Place[]; readonly members: Place[] } {
  if (typeof value === 'string') return { texts: [path], members: [] };
  if (typeof value !== 'object' || value === null) return { texts: [], members: [] };
  const found = Object.entries(value).map(([key, part]) => {
    const inner = [...path, Array.isArray(value) ? Number(key) : key];
    const { texts, members } = placesOf(part, inner);
    return { texts, members: Array.isArray(value) ? members : [inner, ...members] };
  });
  return { texts: found.flatMap(({ texts }) => texts), members: found.flatMap(({ members }) => members) };
}

const parentOf = (root: unknown, place: Place): Record<string, unknown> =>
  place.slice(0, -1).reduce((at, key) => (at as Record<string, unknown>)[key], root) as Record<string, unknown>;

/** All that the command writes for it, on both streams. */
function print(journal: unknown): string {
  let printed = '';
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  const { exitCode } = process;
  try {
    const replay: Replay = replayJournal(JSON.stringify(journal));
    printed += describeSteps(replay) + writeTest(replay);
  } catch (error) {
    fail('journal.json cannot be replayed', error);
    expect(printed.trim().split('\n')).toHaveLength(1);
  }
  process.exitCode = exitCode;
  write.mockRestore();
  return OWN_COLOURS.reduce((text, colour) => text.replaceAll(colour, ''), printed);
}

async function recorded(): Promise<string> {
  const { server, client: create } = await startWorld();
  const client = create();
  const recorder = recordJournal(client);
  await client.connectUser({ id: 'alice' }).orThrow();
  server.faults.cause({ type: 'closeSockets', closeCode: 1012 });
  await until(client, 'waiting');
  await until(client, 'online');
  await client.disconnect().orThrow();
  return JSON.stringify(recorder.journal());
}

describe('a journal by others, on a terminal', () => {
  afterEach(() => vi.restoreAllMocks());

  it('is printed without anything that a terminal acts on, wherever it has it', async () => {
    const json = await recorded();
    const { texts, members } = placesOf(JSON.parse(json));
    expect(texts.length).toBeGreaterThan(30);
    expect(members.length).toBeGreaterThan(100);
    let shown = 0;
    [...texts, ...members].forEach((place, index) => {
      const draft: unknown = JSON.parse(json);
      const parent = parentOf(draft, place);
      const key = String(place.at(-1));
      const evil = SEQUENCES[index % SEQUENCES.length] ?? '';
      if (index < texts.length) parent[key] = `${parent[key]}${evil}`;
      else parent[`${key}${evil}`] = parent[key];
      const printed = print(draft);
      expect(printed, `${place.join('.')} with ${JSON.stringify(evil)}`).not.toMatch(ACTIVE);
      if (printed.includes('\\u')) shown += 1;
    });
    expect(shown, 'it was printed, as an escape').toBeGreaterThan(texts.length);
  });

  it('is a line for each step, with its time, what its event is about, and where it led', () => {
    const step = (afterMs: number, event: object, state: string) => ({ recorded: { afterMs, event, state } });
    const user = { id: 'alice', name: 'Alice' };
    const steps = [
      step(0, { type: 'client.started' }, 'restoring'),
      step(1_500, { type: 'session.connect', identity: { kind: 'user', id: 'alice', user } }, 'loadingToken'),
      step(1_501, { type: 'hello.received', attempt: 3, connectionId: '01234567-89ab' }, 'connected.healthy'),
      step(
        61_000,
        { type: 'socket.lost', attempt: 3, failure: { code: 'rateLimited', serverCode: 9 }, retryAfterMs: 4_000 },
        'connecting.waiting',
      ),
      step(
        119_999.7,
        { type: 'socket.lost', attempt: 4, failure: { code: 'connectionLost', closeCode: 1006 }, retryAfterMs: 0 },
        'connecting.waiting',
      ),
      step(600_000, { type: 'session.disconnect', forgetUser: false }, 'disconnecting.closing'),
    ].map((each, index) => ({ ...each, index }));
    const journal = { startedAtMs: 0, before: { state: 'restoring' } };
    const printed = describeSteps({ journal, steps, divergence: null } as unknown as Replay);
    expect(printed.split('\n')).toEqual([
      'Begins in restoring, 1970-01-01T00:00:00.000Z.',
      '',
      '1     +0.000 s  client.started                                             restoring',
      '2     +1.500 s  session.connect (alice)                                    loadingToken',
      '3     +1.501 s  hello.received (01234567, #3)                              connected.healthy',
      '4    +1:01.000  socket.lost (rateLimited, code 9, not before 4000 ms, #3)  connecting.waiting',
      '5    +2:00.000  socket.lost (connectionLost, close 1006, #4)               connecting.waiting',
      '6   +10:00.000  session.disconnect (keep the stored user)                  disconnecting.closing',
      '',
      '6 steps, as the statechart takes them.',
      '',
    ]);
    expect(describeSteps({ journal, steps: steps.slice(0, 1), divergence: null } as unknown as Replay)).toContain(
      '\n1 step, as',
    );
  });

  it('may be long', async () => {
    const replay = replayJournal(await recorded());
    const [step] = replay.steps;
    const steps = step === undefined ? [] : Array.from({ length: 150_000 }, () => step);
    expect(describeSteps({ ...replay, steps })).toContain('150000 steps');
  });

  it('is no JSON: the reason quotes none of it as it is', () => {
    for (const evil of SEQUENCES) {
      const write = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
      const { exitCode } = process;
      try {
        replayJournal(`{"${evil}`);
      } catch (error) {
        fail(`${evil}.json cannot be replayed`, error);
      }
      process.exitCode = exitCode;
      expect(String(write.mock.calls[0]?.[0]).replace(/\n$/, '')).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
      write.mockRestore();
    }
  });
});
