import { DEFAULT_TIMING, type Timing } from '../../src/index.ts';
import type { Backend } from './client-bench/client-bench.ts';

/** What the server of the page puts into its `config.json`. */
export interface PageConfig {
  /** The development server for the page's own clients. */
  readonly devServer: Backend | null;
  /** Where programs show their sessions; `?relay=ws://…` names another one. */
  readonly relay: string | null;
}

export async function readConfig(): Promise<PageConfig> {
  const named = new URLSearchParams(location.search).get('relay');
  try {
    const response = await fetch('./config.json');
    const { devServer, relay } = (await response.json()) as Partial<PageConfig>;
    return { devServer: devServer ?? null, relay: named ?? relay ?? null };
  } catch {
    return { devServer: null, relay: named };
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
