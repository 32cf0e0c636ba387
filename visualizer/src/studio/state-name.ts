/** `connecting.waiting` for `{ connecting: 'waiting' }`. */
export function stateNameOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return null;
  return Object.entries(value)
    .map(([parent, child]) => [parent, stateNameOf(child)].filter(Boolean).join('.'))
    .join();
}
