import { DEFAULT_TIMING, type Timing } from '../../src/index.ts';
import type { Backend } from './lab/lab.ts';

/** What whoever serves the page tells it: where the development server is. */
export async function readConfig(): Promise<Backend | null> {
  try {
    const response = await fetch('./config.json');
    const config = (await response.json()) as { readonly devServer?: Backend };
    return config.devServer ?? null;
  } catch {
    return null;
  }
}

/** How many times as fast as shipped this page's clients are: `?speed=5` divides all their durations by five. */
export function readSpeed(): number {
  const speed = Number(new URLSearchParams(location.search).get('speed'));
  return speed >= 1 && speed <= FASTEST ? speed : 1;
}

const FASTEST = 100;

/** The durations of this page's clients: `?speed=5`, and any of them by its name, `?helloTimeoutMs=2000`. */
export function readTiming(): Partial<Timing> {
  const query = new URLSearchParams(location.search);
  const speed = readSpeed();
  const named = Object.keys(DEFAULT_TIMING).flatMap((name) =>
    query.has(name) ? [[name, Number(query.get(name))]] : [],
  );
  if (speed === 1) return Object.fromEntries(named);
  const all = Object.entries(DEFAULT_TIMING).map(([name, ms]) => [name, Math.round(ms / speed)]);
  return Object.fromEntries([...all, ...named]);
}

/** Timings are given to a client when it is built, so that the page starts anew. */
export function chooseSpeed(speed: number): void {
  const url = new URL(location.href);
  if (speed === 1) url.searchParams.delete('speed');
  else url.searchParams.set('speed', String(speed));
  location.assign(url);
}
