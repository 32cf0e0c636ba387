/** `instanceof` for what was thrown or given by others. A proxy may throw when it is looked at: then it is none. */
export function isInstance<Value>(value: unknown, type: abstract new (...args: never[]) => Value): value is Value {
  try {
    return value instanceof type;
  } catch {
    return false;
  }
}
