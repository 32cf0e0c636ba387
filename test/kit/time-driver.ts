import type { Backend } from '../../src/testing/backend/backend.ts';
import { settled } from '../../src/testing/virtual-clock.ts';
import { must } from './oracles/black-box/law-violation.ts';

/** So many timers in one stretch of time are a loop, and one more for each second of it. */
const MOST_STEPS = 3_000;

/** The course of time on a backend in memory: from deadline to deadline, with a look at the laws after each. */
export class TimeDriver {
  readonly #backend: Backend;
  readonly #check: () => void;

  constructor(backend: Backend, check: () => void) {
    this.#backend = backend;
    this.#check = check;
  }

  /** Lets everything happen that needs no time. */
  async settle(): Promise<void> {
    await settled();
    this.#check();
  }

  /** The next so many deadlines pass. */
  async step(deadlines: number): Promise<void> {
    await settled();
    for (let step = 0; step < deadlines; step += 1) await this.#step();
  }

  async pass(durationMs: number): Promise<void> {
    const { clock, requests } = this.#backend;
    const untilMs = clock.now() + durationMs;
    const before = requests.length;
    await this.settle();
    let steps = 0;
    for (let due = clock.nextDueMs; due !== null && due <= untilMs; due = clock.nextDueMs) {
      await this.#step();
      steps += 1;
      must(8, steps < MOST_STEPS + durationMs / 1_000, `${steps} timers within ${durationMs} ms are a hot loop`);
    }
    const opened = requests.length - before;
    must(8, opened <= 6 + durationMs / 200, `${opened} sockets within ${durationMs} ms`);
    await clock.advance(untilMs - clock.now());
    this.#check();
  }

  /** Time passes until it is so, for so many milliseconds at the most. Returns whether it is. */
  async until(isSo: () => boolean, withinMs: number): Promise<boolean> {
    const { clock } = this.#backend;
    const untilMs = clock.now() + withinMs;
    await this.settle();
    for (let steps = 0; !isSo(); steps += 1) {
      const due = clock.nextDueMs;
      if (due === null || due > untilMs || steps >= MOST_STEPS) return false;
      await this.#step();
    }
    return true;
  }

  async #step(): Promise<void> {
    await this.#backend.clock.step();
    this.#check();
  }
}
