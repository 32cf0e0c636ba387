/*
 * Two repository objects over one place (an app that disposes its client and creates another does that) must not write
 * past each other. Whoever comes to a place where an operation is under way waits until that has settled.
 */

const underWay = new WeakMap<object, Map<string, Promise<void>>>();

/** Runs `operation` on the place that `owner` and `key` name: at once where nothing is under way there, else in turn. */
export function withLock<Value>(owner: object, key: string, operation: () => Promise<Value>): Promise<Value> {
  const places = underWay.get(owner) ?? new Map<string, Promise<void>>();
  underWay.set(owner, places);

  const before = places.get(key);
  const result = before === undefined ? operation() : before.then(operation);
  const settled = result.then(
    () => {},
    () => {},
  );
  places.set(key, settled);
  void settled.then(() => {
    if (places.get(key) === settled) places.delete(key);
  });
  return result;
}
