import { isFilledString, isObject } from '../../input.ts';
import { isInstance } from '../../is-instance.ts';
import type { Frame, Hello, Login, Protocol, ProtocolConnection, WireData } from '../../protocol/protocol.ts';
import { isMeaning, type Verdict } from '../../protocol/verdict.ts';
import { synchronous } from '../../synchronous.ts';
import { type DescribedCause, describeCause, OwnError } from '../../token/redact.ts';
import { frozenCopy } from '../../user.ts';
import type { Outbox } from './outbox.ts';

/*
 * A protocol is the app's code: what it throws and what it returns is checked here, once, so that the rest of the client
 * actor can rely on it (law 11).
 */

const LONGEST_CONNECTION_ID = 512;
const SHORTEST_PING_INTERVAL_MS = 1_000;

/** A fault of the protocol, as the end of an attempt. */
export class ProtocolFault extends OwnError {}

/** Describes an attempt. @throws ProtocolFault */
export function connectBy(protocol: Protocol<object>, login: Login): ProtocolConnection<object> {
  const { name } = protocol;
  return call(name, 'connect()', () => {
    const connection: unknown = synchronous(() => protocol.connect(login));
    if (!isConnection(connection)) throw new ProtocolFault('it returned no { url, decode }');
    return connection;
  });
}

function isConnection(value: unknown): value is ProtocolConnection<object> {
  if (!isObject(value)) return false;
  const { url, decode, subprotocols, headers, firstFrames, ping, encode } = value;
  return (
    typeof url === 'string' &&
    typeof decode === 'function' &&
    [subprotocols, firstFrames].every((list) => list === undefined || Array.isArray(list)) &&
    (headers === undefined || isObject(headers)) &&
    [ping, encode].every((member) => member === undefined || typeof member === 'function')
  );
}

/** What a message means; a fault in the place of what is no frame. */
export function decodeBy(
  name: string,
  connection: ProtocolConnection<object>,
  data: WireData,
): readonly (Frame | ProtocolFault)[] {
  try {
    const decoded: unknown = call(name, 'decode()', () => synchronous(() => connection.decode(data)));
    return (Array.isArray(decoded) ? decoded : [decoded]).map((frame) => frameBy(name, frame));
  } catch (fault) {
    return [fault as ProtocolFault];
  }
}

function frameBy(name: string, frame: unknown): Frame | ProtocolFault {
  try {
    return call(name, 'decode()', () => {
      const own = ownCopy(frame);
      if (isFrame(own)) return own;
      throw new ProtocolFault('it returned no frame');
    });
  } catch (fault) {
    return fault as ProtocolFault;
  }
}

/** Bytes or a string of the protocol. @throws ProtocolFault */
export function encodeBy(name: string, what: string, encode: () => WireData): WireData {
  const data: unknown = call(name, what, () => synchronous(encode));
  if (isWireData(data)) return data;
  throw new ProtocolFault(`${what} of the protocol ${name} returned neither a string nor bytes.`);
}

/**
 * What the protocol makes of an error, a close or a refusal; `undefined` where it does not say. Its fault is reported, and
 * counts as that.
 */
export function verdictBy(
  { name }: Protocol<object>,
  what: string,
  judge: () => Verdict | undefined,
  report: Outbox['report'],
): Verdict | undefined {
  try {
    return call(name, what, () => {
      const verdict = ownCopy(synchronous(judge));
      if (verdict === undefined || isVerdict(verdict)) return verdict;
      throw new ProtocolFault('it returned no verdict');
    });
  } catch (fault) {
    report('protocol', { code: 'protocolFailed', message: describeCause(fault).text }, fault);
    return undefined;
  }
}

function call<Value>(name: string, what: string, act: () => Value): Value {
  try {
    return act();
  } catch (error) {
    const { text, cause }: DescribedCause = describeCause(error);
    throw new ProtocolFault(`${what} of the protocol ${name} failed: ${text}`, { cause });
  }
}

export function isFrame(value: unknown): value is Frame {
  if (!isObject(value)) return false;
  switch (value.kind) {
    case 'hello':
      return isHello(value);
    case 'heartbeat':
      return true;
    case 'ping':
      return isWireData(value.reply);
    case 'error':
      return isVerdict(value.verdict);
    case 'event':
      return isObject(value.event) && typeof value.event.type === 'string';
    case 'bad':
      return typeof value.problem === 'string';
    default:
      return false;
  }
}

function isHello(frame: Partial<Record<keyof Hello, unknown>>): boolean {
  const { connectionId, userId, serverTimeMs, pingIntervalMs, me } = frame;
  return (
    (connectionId === undefined || (isFilledString(connectionId) && connectionId.length <= LONGEST_CONNECTION_ID)) &&
    (userId === undefined || isFilledString(userId)) &&
    (serverTimeMs === undefined || serverTimeMs === null || Number.isFinite(serverTimeMs)) &&
    (pingIntervalMs === undefined ||
      (typeof pingIntervalMs === 'number' && pingIntervalMs >= SHORTEST_PING_INTERVAL_MS)) &&
    (me === undefined || isObject(me))
  );
}

export function isVerdict(value: unknown): value is Verdict {
  if (!isObject(value)) return false;
  const { meaning, code, explanation, message, retryAfterMs } = value;
  return (
    isMeaning(meaning) &&
    (code === undefined || typeof code === 'number') &&
    (explanation === undefined || typeof explanation === 'string') &&
    (message === undefined || typeof message === 'string') &&
    (retryAfterMs === undefined || Number.isFinite(retryAfterMs))
  );
}

/** What is checked is what is used: a getter may return something else the second time. `me` goes to the app, as JSON. */
function ownCopy(value: unknown): unknown {
  if (!isObject(value)) return value;
  const copy: Record<string, unknown> = { ...value };
  if (isObject(copy.verdict)) copy.verdict = { ...copy.verdict };
  if (copy.me !== undefined) copy.me = jsonCopy(copy.me);
  return copy;
}

function jsonCopy(me: unknown): unknown {
  try {
    return frozenCopy(me);
  } catch {
    throw new ProtocolFault('me in a hello is not JSON');
  }
}

export function isWireData(value: unknown): value is WireData {
  return typeof value === 'string' || isInstance(value, Uint8Array);
}
