import { LONGEST_DELAY_MS } from '../../clock.ts';

/** Calls `callback` once after `delayMs`, and never when that is above 24 days. Returns a function that cancels it. */
export function after(delayMs: number, callback: () => void): () => void {
  const timer = delayMs <= LONGEST_DELAY_MS ? setTimeout(callback, delayMs) : undefined;
  return () => clearTimeout(timer);
}
