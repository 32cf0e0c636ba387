export function clockTime(atMs: number): string {
  const at = new Date(atMs);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, '0')}`;
}

/** `14:03:10`, as the sentences of `explain()` write it, whatever the language of the browser. */
export const timeOfDay = (atMs: number): string => new Date(atMs).toTimeString().slice(0, 8);

/** A duration in the unit that a person would choose: `+12 ms`, `+3.4 s`, `+1 h 2 min`. */
export function since(ms: number): string {
  if (ms < 1) return '';
  if (ms < 1_000) return `+${Math.round(ms)} ms`;
  if (ms < 60_000) return `+${(ms / 1_000).toFixed(1)} s`;
  const minutes = Math.round(ms / 60_000);
  return minutes < 60 ? `+${minutes} min` : `+${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
