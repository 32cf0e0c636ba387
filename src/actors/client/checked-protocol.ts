import { OwnError } from '../../errors.ts';
import { isObject, kindOf } from '../../input.ts';
import { isInstance } from '../../is-instance.ts';
import type { Frame, Login, Protocol, ProtocolConnection, WireData } from '../../protocol/protocol.ts';
import { isWireData, mistakeInConnection, mistakeInFrame, mistakeInVerdict } from '../../protocol/shapes.ts';
import type { Verdict } from '../../protocol/verdict.ts';
import { synchronous } from '../../synchronous.ts';
import { describeCause } from '../../token/redact.ts';
import { frozenCopy } from '../../user.ts';
import type { Outbox } from './outbox.ts';

/*
 * A protocol is the app's code: what it throws and what it returns is checked here, once, so that the rest of the client
 * actor can rely on it (law 11).
 */

/** A fault of the protocol, as the end of an attempt. */
export class ProtocolFault extends OwnError {}

/** Describes an attempt. @throws ProtocolFault */
export function connectBy(protocol: Protocol<object>, login: Login): ProtocolConnection<object> {
  const { name } = protocol;
  return call(name, 'connect()', () => {
    const connection: unknown = synchronous(() => protocol.connect(login));
    refuse(mistakeInConnection(connection));
    return connection as ProtocolConnection<object>;
  });
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
      refuse(mistakeInFrame(own));
      return own as Frame;
    });
  } catch (fault) {
    return fault as ProtocolFault;
  }
}

/** Bytes or a string of the protocol. @throws ProtocolFault */
export function encodeBy(name: string, what: string, encode: () => WireData): WireData {
  const data: unknown = call(name, what, () => synchronous(encode));
  if (isWireData(data)) return data;
  throw new ProtocolFault(`${what} of the protocol ${name} returned ${kindOf(data)}, not a string or bytes.`);
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
      if (verdict !== undefined) refuse(mistakeInVerdict(verdict));
      return verdict as Verdict | undefined;
    });
  } catch (fault) {
    const { message, cause } = fault as ProtocolFault;
    report('protocol', { code: 'protocolFailed', message }, cause);
    return undefined;
  }
}

function refuse(mistake: string | null): void {
  if (mistake !== null) throw new OwnError(mistake);
}

function call<Value>(name: string, what: string, act: () => Value): Value {
  try {
    return act();
  } catch (error) {
    const { text, cause } = describeCause(error);
    // A mistake that is named here has no cause of its own.
    throw new ProtocolFault(
      `${what} of the protocol ${name} failed: ${text}`,
      isInstance(error, OwnError) ? {} : { cause },
    );
  }
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
    throw new OwnError('me in a hello is not JSON');
  }
}
