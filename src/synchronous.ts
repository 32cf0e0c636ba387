import { OwnError } from './errors.ts';

/**
 * What `act` returns. The members of a protocol are synchronous: a promise is dropped, and its rejection, which would end
 * a Node process, with it.
 *
 * @throws OwnError for a promise.
 */
export function synchronous<Value>(act: () => Value): Value {
  const value = act();
  if (!isThenable(value)) return value;
  Promise.resolve(value).catch(() => {});
  throw new OwnError('it returned a promise, and must return a value');
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return value != null && typeof (value as Partial<PromiseLike<unknown>>).then === 'function';
}
