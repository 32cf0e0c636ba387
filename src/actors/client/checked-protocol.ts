import { type FailureInfo, OwnError } from '../../errors.ts';
import { isInstance, isObject, synchronous } from '../../input.ts';
import type { Frame, Login, Protocol, ProtocolConnection, WireData } from '../../protocol/protocol.ts';
import { CONNECTION, mistakeIn, type Shape, shapeOfFrame, VERDICT, WIRE_DATA } from '../../protocol/shapes.ts';
import type { Verdict } from '../../protocol/verdict.ts';
import { describeCause } from '../../token/redact.ts';
import { frozenCopy } from '../../user.ts';
import type { Dependencies } from '../dependencies.ts';

/*
 * A protocol is the app's code: what it throws and what it returns is checked here, once, so that the rest of the client
 * actor can rely on it (law 11).
 */

/** A fault of the protocol, in a sentence that names the member. */
export class ProtocolFault extends OwnError {
  get failure(): FailureInfo {
    return { code: 'protocolFailed', message: this.message };
  }
}

/** Describes an attempt. @throws ProtocolFault */
export function connectBy(protocol: Protocol<object>, login: Login): ProtocolConnection<object> {
  return callMember(protocol.name, 'connect()', () => protocol.connect(login), CONNECTION);
}

/** What a message means; a fault in the place of what is no frame. */
export function decodeBy(
  name: string,
  connection: ProtocolConnection<object>,
  data: WireData,
): readonly (Frame | ProtocolFault)[] {
  const call = <Value>(act: () => Value, shapeOf?: (value: Value) => Shape): Value | ProtocolFault => {
    try {
      return callMember(name, 'decode()', act, shapeOf);
    } catch (fault) {
      return fault as ProtocolFault;
    }
  };
  const decoded: unknown = call(() => connection.decode(data));
  if (isInstance(decoded, ProtocolFault)) return [decoded];
  return (Array.isArray(decoded) ? decoded : [decoded]).map((frame) =>
    call(() => ownCopy(frame) as Frame, shapeOfFrame),
  );
}

/** Bytes or a string of the protocol. @throws ProtocolFault */
export function encodeBy(name: string, what: string, encode: () => WireData): WireData {
  return callMember(name, what, encode, WIRE_DATA);
}

/**
 * What the protocol makes of an error, a close or a refusal; `undefined` where it does not say. Its fault is reported, and
 * counts as that.
 */
export function verdictBy(
  { protocol: { name }, report }: Pick<Dependencies, 'protocol' | 'report'>,
  what: string,
  judge: () => Verdict | undefined,
): Verdict | undefined {
  try {
    const verdict = callMember(name, what, judge);
    if (verdict === undefined) return undefined;
    return callMember(name, what, () => ownCopy(verdict) as Verdict, VERDICT);
  } catch (fault) {
    const { failure, cause } = fault as ProtocolFault;
    report({ source: 'protocol', failure, cause });
    return undefined;
  }
}

/** What a member of the protocol returns, if it has that shape. @throws ProtocolFault */
export function callMember<Value>(
  name: string,
  what: string,
  act: () => Value,
  shape: Shape | ((value: Value) => Shape) = ANYTHING,
): Value {
  try {
    const value = synchronous(act);
    const mistake = mistakeIn(value, typeof shape === 'function' ? shape(value) : shape);
    if (mistake !== null) throw new OwnError(mistake);
    return value;
  } catch (error) {
    const { text, cause } = describeCause(error);
    // A mistake that is named here has no cause of its own.
    const options = isInstance(error, OwnError) ? {} : { cause };
    throw new ProtocolFault(`${what} of the protocol ${name} failed: ${text}`, options);
  }
}

const ANYTHING: Shape = [() => true];

/** What is checked is what is used: a getter may return something else the second time. `me` goes to the app, as JSON. */
function ownCopy(value: unknown): unknown {
  if (!isObject(value)) return value;
  const copy: Record<string, unknown> = { ...value };
  if (isObject(copy.verdict)) copy.verdict = { ...copy.verdict };
  try {
    if (copy.me !== undefined) copy.me = frozenCopy(copy.me);
  } catch {
    throw new OwnError('me in a hello is not JSON');
  }
  return copy;
}
