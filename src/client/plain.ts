/**
 * A frozen copy of the plain data in `value`: primitives, arrays and plain objects. Everything else, which may be able to
 * act (functions, actors, instances), is left out; of an error its name and message stay.
 */
export function plainCopy(value: unknown, depth = 0): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') return undefined;
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return Object.freeze({ name: value.name, message: value.message });
  if (depth > DEEPEST) return undefined;
  if (Array.isArray(value)) return Object.freeze(value.map((item) => plainCopy(item, depth + 1)));
  if (!isPlain(value)) return undefined;
  const copy: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    const plain = plainCopy(member, depth + 1);
    if (plain !== undefined) Object.defineProperty(copy, key, { value: plain, enumerable: true });
  }
  return Object.freeze(copy);
}

const DEEPEST = 20;

/** Freezes plain data all the way down, in place. */
export function freezePlain<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (!Array.isArray(value) && !isPlain(value)) return value;
  Object.freeze(value);
  for (const member of Object.values(value)) freezePlain(member);
  return value;
}

/** A plain object, of any realm. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
