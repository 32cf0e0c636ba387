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

export type Pace = 'shipped' | 'brisk';

const BRISK = 5;

/** Which durations the clients of this page have: as shipped, or all of them a fifth. `?pace=brisk` asks for the latter. */
export function readPace(): Pace {
  return new URLSearchParams(location.search).get('pace') === 'brisk' ? 'brisk' : 'shipped';
}

export function timingOf(pace: Pace): Partial<Timing> {
  if (pace === 'shipped') return {};
  return Object.fromEntries(Object.entries(DEFAULT_TIMING).map(([name, ms]) => [name, Math.round(ms / BRISK)]));
}

/** Timings are given to a client when it is built, so that the page starts anew. */
export function choosePace(pace: Pace): void {
  const url = new URL(location.href);
  if (pace === 'brisk') url.searchParams.set('pace', pace);
  else url.searchParams.delete('pace');
  location.assign(url);
}
