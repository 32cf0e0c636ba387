import type { Backend } from '../../../src/testing/backend/backend.ts';
import { settled } from '../../../src/testing/virtual-clock.ts';
import { must } from '../../kit/oracles/black-box/law-violation.ts';

/** So many timers in one stretch of time are a loop. */
const MOST_STEPS = 3_000;

/** The course of time on a walk: from deadline to deadline, with a look at the laws after each. */
export class TimeDriver {
  readonly #backend: Backend;
  readonly #check: () => void;

  constructor(backend: Backend, check: () => void) {
    this.#backend = backend;
    this.#check = check;
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
    await settled();
    let steps = 0;
    for (let due = clock.nextDueMs; due !== null && due <= untilMs; due = clock.nextDueMs) {
      await this.#step();
      steps += 1;
      must(8, steps < MOST_STEPS, 'a hot loop of timers');
    }
    const opened = requests.length - before;
    must(8, opened <= 6 + durationMs / 200, `${opened} sockets within ${durationMs} ms`);
    await clock.advance(untilMs - clock.now());
  }

  /** Time passes until it is so; the law says that it will be. */
  async until(isSo: () => boolean, { law, what, withinMs, where }: Promised): Promise<void> {
    const { clock } = this.#backend;
    const untilMs = clock.now() + withinMs;
    await settled();
    this.#check();
    for (let steps = 0; !isSo(); steps += 1) {
      const due = clock.nextDueMs;
      const isLate = due === null || due > untilMs || steps >= MOST_STEPS;
      must(law, !isLate, isLate ? `${what} within ${withinMs} ms, but: ${where()}` : what);
      await this.#step();
    }
  }

  async #step(): Promise<void> {
    await this.#backend.clock.step();
    this.#check();
  }
}

interface Promised {
  readonly law: number;
  readonly what: string;
  readonly withinMs: number;
  /** How far it has come, for the message. */
  readonly where: () => string;
}
