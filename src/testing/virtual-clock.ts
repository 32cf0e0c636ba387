import type { Clock } from '../clock.ts';
import { assertFit, type Check } from '../input.ts';

const TIME: Check = [(value) => Number.isFinite(value) && Number(value) >= 0, 'a finite number of milliseconds'];

interface Timer {
  readonly id: number;
  readonly callback: () => void;
  readonly dueMs: number;
}

/**
 * A clock that stands still until it is moved. It goes from deadline to deadline, and lets everything that was promised
 * happen in between, so an hour of a session takes a few milliseconds and is the same every time.
 */
export class VirtualClock implements Clock {
  #nowMs: number;
  #lastId = 0;
  readonly #timers = new Map<number, Timer>();

  /** @param nowMs The time at the start, in milliseconds since the epoch. */
  constructor(nowMs = Date.UTC(2030, 0, 1)) {
    this.#nowMs = nowMs;
  }

  now(): number {
    return this.#nowMs;
  }

  setTimeout(callback: () => void, delayMs: number): number {
    this.#lastId += 1;
    this.#timers.set(this.#lastId, { id: this.#lastId, callback, dueMs: this.#nowMs + Math.max(0, delayMs) });
    return this.#lastId;
  }

  clearTimeout(handle: unknown): void {
    this.#timers.delete(handle as number);
  }

  /** How many timers run. */
  get running(): number {
    return this.#timers.size;
  }

  /** When the next timer is due, in milliseconds since the epoch; `null` when none runs. */
  get nextDueMs(): number | null {
    return this.#next()?.dueMs ?? null;
  }

  /** Moves to the next deadline and fires it. Resolves with whether there was one. */
  async step(): Promise<boolean> {
    const timer = this.#next();
    if (timer === undefined) return false;
    this.#timers.delete(timer.id);
    this.#nowMs = Math.max(this.#nowMs, timer.dueMs);
    timer.callback();
    await settled();
    return true;
  }

  /**
   * Moves on by `durationMs`, deadline by deadline.
   *
   * @throws SessionError `invalidArgument` for what is no finite number of at least 0.
   */
  async advance(durationMs: number): Promise<void> {
    assertFit('durationMs', durationMs, TIME);
    const untilMs = this.#nowMs + durationMs;
    await settled();
    for (let next = this.nextDueMs; next !== null && next <= untilMs; next = this.nextDueMs) await this.step();
    this.#nowMs = untilMs;
  }

  /** The device slept that long: time has passed, and no timer has fired meanwhile. */
  sleep(durationMs: number): void {
    assertFit('durationMs', durationMs, TIME);
    this.#nowMs += durationMs;
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers.values()) {
      if (next === undefined || timer.dueMs < next.dueMs) next = timer;
    }
    return next;
  }
}

type Wait = (callback: () => void, delayMs: number) => unknown;
const { setImmediate, setTimeout } = globalThis as { readonly setImmediate?: Wait; readonly setTimeout: Wait };
/** Of the platform: a test may put doubles in its place, which it moves by hand. */
const wait = setImmediate ?? setTimeout;

/** The doubles of Jest and Vitest, which a setup can put there before anything is imported, have this member. */
const isDouble = 'clock' in wait;

/** More than any chain of promises in a session has. */
const MOST_TURNS = 500;

/** Resolves when every promise that could go on has gone on: a macrotask later, or where there is none, many microtasks. */
export async function settled(): Promise<void> {
  if (isDouble) for (let turn = 0; turn < MOST_TURNS; turn += 1) await undefined;
  else await new Promise<void>((resolve) => wait(resolve, 0));
}
