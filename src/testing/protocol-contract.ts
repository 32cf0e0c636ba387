import { connectBy, decodeBy, ProtocolFault } from '../actors/client/checked-protocol.ts';
import { isInstance, knownMembers, synchronous } from '../input.ts';
import type { Frame, HttpAddress, Login, Protocol, ProtocolConnection, WireData } from '../protocol/protocol.ts';
import { isWireData, mistakeIn, VERDICT } from '../protocol/shapes.ts';
import type { Meaning, Verdict } from '../protocol/verdict.ts';
import type { TestFramework } from './repository-contract.ts';

/** A protocol to be tested, with what its server sends. */
export interface ProtocolUnderTest {
  readonly protocol: Protocol<never>;
  /** A token of the user `alice`. */
  readonly token: string;
  /** Another token of the same user. */
  readonly nextToken: string;
  /** What the server sends until it has accepted alice, message by message. */
  readonly hello: readonly WireData[];
  /** Messages that are events for the app. */
  readonly events: readonly WireData[];
  /** Events that the app sends, for a protocol with `encode()`. */
  readonly sends?: readonly object[];
  /** Messages that end a connection, with what they mean. */
  readonly errors?: readonly (readonly [WireData, Meaning])[] | undefined;
}

const ALICE = { kind: 'user', id: 'alice', user: { id: 'alice', name: 'Zoë \u{1F600} & Ö' } } as const;
const PERMANENT: readonly Meaning[] = ['user', 'app', 'ended', 'tooLarge'];

/**
 * Tests any protocol for what a session relies on:
 * `protocolContract(() => ({ protocol, token, nextToken, hello, events }), { describe, test })`.
 */
export function protocolContract(
  create: () => ProtocolUnderTest | Promise<ProtocolUnderTest>,
  { describe, test }: TestFramework,
  name = 'protocol',
): void {
  const check = (promise: string, body: (subject: ProtocolUnderTest) => void) =>
    test(promise, async () => {
      const subject = await create();
      // A misspelt member would leave out what the contract tests with it.
      knownMembers(subject, ['protocol', 'token', 'nextToken', 'hello', 'events', 'sends', 'errors']);
      body(subject);
    });

  describe(name, () => {
    check('describes an attempt by an address of WebSockets and frames that can be sent', (subject) => {
      for (const profile of ['full', 'idOnly'] as const) {
        const { url, subprotocols = [], headers = {}, firstFrames = [] } = open(subject, { profile });
        expectThat(url.length < LONGEST_URL, `the URL is shorter than ${LONGEST_URL} characters`);
        expectThat(
          Object.entries(headers).every(([header, value]) => isToken(header) && /^[\t\x20-\x7e]*$/.test(value)),
          'headers have names that are tokens, and values in ASCII without line breaks',
        );
        expectThat(/^wss?:\/\//.test(url), `the URL begins with ws: or wss:, not ${url.slice(0, 8)}`);
        expectThat(subprotocols.every(isToken), 'subprotocols are tokens of HTTP, without spaces or separators');
        expectThat(firstFrames.every(isWireData), 'first frames are strings or bytes');
      }
    });

    check('sends the token that it is given, at every attempt (law 4)', (subject) => {
      const { token, nextToken } = subject;
      expectThat(sentBy(open(subject, { token })).includes(token), 'the token is sent');
      const next = sentBy(open(subject, { token: nextToken }));
      expectThat(next.includes(nextToken) && !next.includes(token), 'the next attempt sends the next token only');
    });

    check('takes the hello of its server for a hello, and for this user', (subject) => {
      const frames = decodeAll(open(subject), subject.hello);
      const hello = frames.find((frame) => frame.kind === 'hello');
      expectThat(hello !== undefined, 'one of the messages is a hello');
      expectThat(hello?.userId === undefined || hello.userId === ALICE.id, 'it is for alice');
      expectThat(!has(frames, 'error') && !has(frames, 'bad'), 'none of them is an error');
    });

    check('takes events for events, and errors for what they mean', (subject) => {
      const connection = open(subject);
      decodeAll(connection, subject.hello);
      for (const event of subject.events) {
        expectThat(has(decodeAll(connection, [event]), 'event'), 'an event is an event');
      }
      for (const [data, meaning] of subject.errors ?? []) {
        const meanings = decodeAll(open(subject), [data]).map(
          (frame) => frame.kind === 'error' && frame.verdict.meaning,
        );
        expectThat(meanings.includes(meaning), `an error means ${meaning}, not ${meanings}`);
      }
    });

    check('returns frames for anything that arrives, and mistakes none of it for a hello (law 10)', (subject) => {
      for (const data of garbage(subject)) {
        expectThat(!has(decodeAll(open(subject), [data]), 'hello'), 'half a message, or none, is no hello');
      }
      expectThat(Reflect.get({}, 'polluted') === undefined, 'no prototype is changed');
    });

    check('does not quote what it cannot understand (law 9)', (subject) => {
      for (const data of [subject.token, `{"token":"${subject.token}"`, bytesOf(subject.token)]) {
        for (const frame of decodeAll(open(subject), [data])) {
          expectThat(frame.kind !== 'bad' || !frame.problem.includes(subject.token), 'a problem holds no token');
        }
      }
    });

    check('keeps attempts apart', (subject) => {
      decodeAll(open(subject), subject.hello);
      const second = decodeAll(open(subject), subject.hello);
      expectThat(has(second, 'hello'), 'a second attempt is accepted like the first');
    });

    check('pings as often as it is asked to, and does not reply to its own replies', (subject) => {
      const connection = open(subject);
      decodeAll(connection, subject.hello);
      for (let pings = 0; pings < 3; pings += 1) {
        const ping = synchronous(() => connection.ping?.());
        expectThat(connection.ping === undefined || isWireData(ping), 'a ping is a string or bytes');
      }
      for (const frame of decodeAll(connection, subject.hello)) {
        if (frame.kind !== 'ping') continue;
        expectThat(!has(decodeAll(connection, [frame.reply]), 'ping'), 'a reply that comes back is not replied to');
      }
    });

    check('judges every close and every refusal, and no outage logs a user out (laws 7, 8)', ({ protocol }) => {
      for (const code of CLOSES) {
        const isEnd = isPermanent(`a close with ${code}`, () => protocol.closed?.(code, ''));
        const isOutage = code !== 1000 && code < 3000 && code !== 1008;
        expectThat(!isOutage || !isEnd, `a close with ${code} means to come back`);
      }
      for (const status of STATUSES) {
        const isEnd = isPermanent(`a refusal with ${status}`, () => protocol.refused?.({ status, header: () => null }));
        expectThat(status < 500 || !isEnd, `a refusal with ${status} means to come back`);
      }
    });

    check('accepts its tokens, and names a mistake without the token in it (law 9)', (subject) => {
      const { protocol, token, nextToken } = subject;
      const { checkToken } = protocol;
      if (checkToken === undefined) return;
      for (const each of [token, nextToken]) {
        const times = Object(synchronous(() => checkToken(each, ALICE.user)));
        expectThat(isTime(times.expiresAtMs) && isTime(times.issuedAtMs), 'a token of alice is one, with its times');
      }
      for (const bad of ['s3cret-thing', `${token}x.y`, token.slice(1)]) {
        const mistake = synchronous(() => checkToken(bad, ALICE.user));
        expectThat(typeof mistake !== 'string' || !mistake.includes(bad), 'the mistake does not quote the token');
      }
    });

    check('encodes what the app sends', (subject) => {
      const connection = open(subject);
      decodeAll(connection, subject.hello);
      for (const event of subject.sends ?? []) {
        const encoded = synchronous(() => connection.encode?.(event));
        expectThat(isWireData(encoded), 'an event is encoded as a string or bytes');
      }
    });

    check('judges every HTTP status, and makes no guest of nonsense', ({ protocol: { http, guests } }) => {
      for (const status of [400, 401, 403, 404, 429, 500, 503]) {
        const response = { status, header: () => null, body: undefined, nowMs: 0 };
        isPermanent(`the status ${status}`, () => http?.readError?.(response));
        isPermanent(`the status ${status} for a guest`, () => guests?.readError?.(response));
      }
      if (guests === undefined) return;
      const { url } = synchronous(() => guests.create(ALICE.user));
      expectThat(/^https?:\/\//.test(url), 'the URL of guests begins with http: or https:');
      for (const body of [undefined, null, 7, '', [], {}, { user: {} }]) {
        expectThat(synchronous(() => guests.read(body)) === undefined, 'a response without a guest gives none');
      }
    });

    check('addresses HTTP calls with what the session sets, whatever the app gives', ({ protocol, token }) => {
      const { http } = protocol;
      if (http === undefined) return;
      const call = { path: '/x?a=1', kind: 'user', userId: ALICE.id, connectionId: 'c1', token } as const;
      const plain = synchronous(() => http.address({ ...call, query: {}, headers: {} }));
      // The session refuses an app's call with a reserved name; spelled otherwise, it may still get here.
      const forgedFor = (isThere: (reserved: string) => boolean) =>
        Object.fromEntries(http.reserved.filter(isThere).map((reserved) => [reserved, 'the app’s']));
      const forged = http.address({
        ...call,
        query: forgedFor((reserved) => plain.url.includes(`${reserved}=`)),
        headers: forgedFor((reserved) =>
          Object.keys(plain.headers).some((name) => name.toLowerCase() === reserved.toLowerCase()),
        ),
      });
      expectThat(/^https?:\/\//.test(plain.url), 'the URL begins with http: or https:');
      expectThat(sorted(forged) === sorted(plain), 'reserved names of the app change nothing');
    });
  });
}

/** Node refuses a request line that is longer. */
const LONGEST_URL = 16_000;
const CLOSES = [...Array.from({ length: 16 }, (_, index) => 1000 + index), 3000, 3003, 4000, 4401, 4403, 4429, 4999];
const STATUSES = [200, 301, 400, 401, 403, 404, 413, 429, 431, 500, 502, 503, 504];

function open({ protocol, token }: ProtocolUnderTest, login: Partial<Login> = {}): ProtocolConnection<object> {
  let ids = 0;
  const createId = () => {
    ids += 1;
    return `00000000-0000-4000-8000-${String(ids).padStart(12, '0')}`;
  };
  return connectBy(protocol, { identity: ALICE, token, profile: 'full', createId, ...login });
}

/** Whether a verdict, which must be one or none, ends the session. */
function isPermanent(what: string, judge: () => Verdict | undefined): boolean {
  const verdict = synchronous(judge);
  const mistake = verdict === undefined ? null : mistakeIn(verdict, VERDICT);
  expectThat(mistake === null, `the verdict on ${what} is one: ${mistake}`);
  return verdict !== undefined && PERMANENT.includes(verdict.meaning);
}

function decodeAll(connection: ProtocolConnection<object>, messages: readonly WireData[]): readonly Frame[] {
  return messages.flatMap((data) =>
    decodeBy('under test', connection, data).map((frame) => {
      if (isInstance(frame, ProtocolFault)) throw frame;
      return frame;
    }),
  );
}

const has = (frames: readonly Frame[], kind: Frame['kind']) => frames.some((frame) => frame.kind === kind);

/** Everything that an attempt sends, as text, and what is in base64 in it: subprotocols can hold no JSON otherwise. */
function sentBy({ url, subprotocols = [], headers = {}, firstFrames = [] }: ProtocolConnection<object>): string {
  const parts = [url, ...subprotocols, ...Object.values(headers), ...firstFrames.map(textIn)];
  const sent = parts.join('\n').replace(/(?:%[\da-f]{2})+/gi, (escaped) => attempt(decodeURIComponent, escaped));
  // A prefix such as `header-` looks like base64, too.
  const encoded = (sent.match(/[\w+/-]{16,}/g) ?? []).flatMap((text) => [0, 1, 2, 3].map((from) => text.slice(from)));
  return [sent, ...encoded.map((text) => attempt(atob, text.replaceAll('-', '+').replaceAll('_', '/')))].join('\n');
}

function attempt(decode: (text: string) => string, text: string): string {
  try {
    return decode(text);
  } catch {
    return text;
  }
}

const textIn = (data: WireData) => (typeof data === 'string' ? data : String.fromCharCode(...data));

const bytesOf = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** What no server sends on purpose: proxies' pages, half messages, bytes, keys that change prototypes. */
function garbage({ hello, events }: ProtocolUnderTest): readonly WireData[] {
  const halves = [...hello, ...events].map((data) => data.slice(0, Math.floor(data.length / 2)));
  const texts = ['', ' ', 'null', '7', '"x"', '[]', '{}', '[{}]', '{"type":7}', '<html></html>', '\uFEFF', '\u0000'];
  const polluting = '{"type":"x","__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}';
  const huge = ['x'.repeat(1_000_000), '['.repeat(100_000), new Uint8Array(1_000_000)];
  const bytes = [...huge, new Uint8Array(), new Uint8Array(3), Uint8Array.from({ length: 256 }, (_, index) => index)];
  return [...halves, ...texts, polluting, ...bytes];
}

const sorted = ({ url, headers }: HttpAddress) => JSON.stringify([url, Object.entries(headers).sort()]);

const isTime = (value: unknown) => value === null || Number.isFinite(value);

/** A token of HTTP. */
const isToken = (text: string) => /^[\w!#$%&'*+.^`|~-]+$/.test(text);

function expectThat(isTrue: boolean, promise: string): void {
  if (!isTrue) throw new Error(`Expected that ${promise}.`);
}
