/** Defines what neither a loop over `object` nor its JSON shows, and what can be replaced like any method. */
export function defineHidden(object: object, name: PropertyKey, value: unknown): void {
  Object.defineProperty(object, name, { value, configurable: true, writable: true });
}
