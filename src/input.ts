import { LONGEST_DELAY_MS } from './clock.ts';
import { invalidArgument, isSessionError, OwnError } from './errors.ts';

/** What a value from the app must be, and how that is named in an error; a production build leaves that out. */
export type Check = readonly [isFit: (value: unknown) => boolean, expected?: string];

/** @throws SessionError `invalidArgument` that names the field. */
export function assertFit(field: string, value: unknown, [isFit, expected]: Check): void {
  if (!readInput(field, () => isFit(value))) throw invalidArgument(field, `expected ${expected ?? 'another value'}`);
}

/**
 * What `read` returns. It may throw a {@link SessionError}; anything else comes from a getter or a proxy of the app, and
 * is thrown as `invalidArgument`: the field cannot be read.
 */
export function readInput<Value>(field: string, read: () => Value): Value {
  try {
    return read();
  } catch (thrown) {
    throw isSessionError(thrown) ? thrown : invalidArgument(field, 'cannot be read');
  }
}

/**
 * The members of an options object that are not `undefined`, each read once, those of its class included. An own one that
 * is not in `known` is refused: it is most often misspelt, and what it holds would be lost.
 *
 * @throws SessionError `invalidArgument` that names the member.
 */
export function knownMembers(options: unknown, known: readonly string[], prefix = ''): [string, unknown][] {
  const field = prefix.slice(0, -1) || 'options';
  assertFit(field, options, OBJECT);
  return readInput(field, () => {
    const members = options as Readonly<Record<string, unknown>>;
    const unknown = Object.keys(members).find((name) => !known.includes(name) && members[name] !== undefined);
    // A button gives its handler an event, of one kind or another: `onClick={disconnect}` has to log out (law 5).
    if (unknown !== undefined && !members.preventDefault && !members.target) {
      throw invalidArgument(prefix + unknown, `there is no such option; there are ${known.join(', ')}`);
    }
    return known.map((name): [string, unknown] => [name, members[name]]).filter(([, value]) => value !== undefined);
  });
}

/**
 * {@link knownMembers} of a component's props. Left out are `ref`, and what build plugins put on every component: `data-*`,
 * also as `dataSentryComponent` (React Native), `aria-*`, and `__source` and `__self` (the classic JSX transform under Preact).
 */
export function knownProps(props: object, known: readonly string[]): void {
  const own = Object.entries(props).filter(([name]) => !/^(?:ref$|__|data|aria)|-/.test(name));
  knownMembers(Object.fromEntries(own), known);
}

/** What each option of an options object must be. */
export type Checks<Options> = { readonly [Name in keyof Options]-?: Check };

/** {@link knownMembers} as an object; each of them must be fit. */
export function readMembers<Options extends object>(options: Options, checks: Checks<Options>, prefix = ''): Options {
  const given = knownMembers(options, Object.keys(checks), prefix);
  for (const [name, value] of given) assertFit(prefix + name, value, checks[name as keyof Options]);
  return Object.fromEntries(given) as Options;
}

/** Neither `null` nor an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isFilledString(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** Whether `value` is an object with all of these methods. */
export function hasMethods<Name extends string>(
  value: unknown,
  ...names: readonly Name[]
): value is Readonly<Record<Name, (...input: unknown[]) => unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  try {
    return names.every((name) => typeof Reflect.get(value, name) === 'function');
  } catch {
    return false;
  }
}

/** What `value` is, for a message that must not quote it. */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** An object with all of these methods. */
export const methods = (...names: readonly string[]): Check => [
  (value) => hasMethods(value, ...names),
  `an object with ${names.join(', ')}`,
];

export const OBJECT: Check = [isObject, 'an object'];
export const ARRAY: Check = [Array.isArray, 'an array'];
export const FUNCTION: Check = [(value) => typeof value === 'function', 'a function'];
export const STRING: Check = [(value) => typeof value === 'string', 'a string'];
export const BOOLEAN: Check = [(value) => typeof value === 'boolean', 'true or false'];
export const FILLED_STRING: Check = [isFilledString, 'a string that is not empty'];
export const DURATION: Check = [
  (value) => typeof value === 'number' && value > 0 && value <= LONGEST_DELAY_MS,
  `milliseconds above 0 and not above ${LONGEST_DELAY_MS}`,
];

/** `instanceof` for what was thrown or given by others. A proxy may throw when it is looked at: then it is none. */
export function isInstance<Value>(value: unknown, type: abstract new (...args: never[]) => Value): value is Value {
  try {
    return value instanceof type;
  } catch {
    return false;
  }
}

/**
 * What `act` returns. The members of a protocol are synchronous: a promise is dropped, and its rejection, which would end
 * a Node process, with it.
 *
 * @throws OwnError for a promise.
 */
export function synchronous<Value>(act: () => Value): Value {
  const value = act();
  if (!isThenable(value)) return value;
  dropPromise(value);
  throw new OwnError('it returned a promise, and must return a value');
}

/** For what nothing awaits: a rejection that is not handled would end a Node process. */
export function dropPromise(value: unknown): void {
  if (isThenable(value)) Promise.resolve(value).catch(() => {});
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return value != null && typeof (value as Partial<PromiseLike<unknown>>).then === 'function';
}

/**
 * Calls what the app gave, and keeps its faults from going any further (law 11): what it throws is reported, and so is
 * what it rejects with when it is an async function, which nothing awaits.
 */
export function callSafely<Argument>(
  callback: (argument: Argument) => unknown,
  report: (cause: unknown) => void,
  argument?: Argument,
): void {
  try {
    const returned = callback(argument as Argument);
    if (isThenable(returned)) Promise.resolve(returned).catch(report);
  } catch (cause) {
    report(cause);
  }
}

/** Calls what may throw or reject without any harm. */
export function quietly(act: () => unknown): void {
  callSafely(act, () => {});
}
