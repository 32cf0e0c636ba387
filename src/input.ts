import { invalidArgument, SessionError } from './errors.ts';

/**
 * What `read` returns. It may throw a {@link SessionError}; anything else comes from a getter or a proxy of the app, and
 * is thrown as `invalidArgument`: the field cannot be read.
 */
export function readInput<Value>(field: string, read: () => Value): Value {
  try {
    return read();
  } catch (thrown) {
    throw thrown instanceof SessionError ? thrown : invalidArgument(field, 'cannot be read');
  }
}

/** Whether `value` is an object with all of these methods. */
export function hasMethods(value: unknown, ...names: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false;
  try {
    return names.every((name) => typeof Reflect.get(value, name) === 'function');
  } catch {
    return false;
  }
}
