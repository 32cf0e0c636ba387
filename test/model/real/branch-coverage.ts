import { expect } from 'vitest';
import { liveSessionMachine } from '../../../src/client/running-chart.ts';
import type { ChatClient } from '../../../src/index.ts';
import type { TestFramework } from '../../../src/testing/index.ts';
import { sessionOf } from '../../kit/session-of.ts';
import { type Branch, branchesOf } from '../explore/branches.ts';
import type { SessionMachine } from '../explore/effects.ts';
import type { PathStep } from '../explore/path-cover.ts';

/*
 * What was really caused, counted on the statecharts of real clients: which branch each event took.
 */

const { all, taken } = branchesOf(liveSessionMachine as unknown as SessionMachine);

/** Every branch that the statechart of a real client declares. */
export const BRANCHES = all;

/** Real actors keep facts of what is over back themselves, unless they have reported them already: those branches come second. */
export const dropsLateFacts = ({ guard }: Branch): boolean => guard === 'isStale';

const idsOf = (branches: readonly Branch[]) => branches.map(({ id }) => id);

interface Taken {
  readonly type: string;
  readonly branches: readonly string[];
}

/** The branches that the events of one client's statechart took. */
export class TakenBranches {
  readonly #taken: Taken[] = [];
  #next = 0;

  constructor(client: ChatClient) {
    const run = sessionOf(client);
    let before = run.chart;
    run.watch((event, chart) => {
      this.#taken.push({ type: event.type, branches: idsOf(taken(before as never, event)) });
      before = chart;
    });
  }

  /** Whether the event has come since the step before, and has taken the branches that the path says. */
  includes({ event, branches }: Pick<PathStep, 'event' | 'branches'>): boolean {
    const expected = idsOf(branches).join();
    const found = this.#taken.findIndex(
      (taken, index) => index >= this.#next && taken.type === event.type && taken.branches.join() === expected,
    );
    if (found >= 0) this.#next = found + 1;
    return found >= 0;
  }

  get branches(): readonly string[] {
    return this.#taken.flatMap(({ branches }) => branches);
  }
}

/** The branches that all sessions of a run took together. */
export class BranchCoverage {
  readonly #sessions = new Set<TakenBranches>();

  add(observed: TakenBranches): void {
    this.#sessions.add(observed);
  }

  /** Branches that no one took. */
  get missing(): readonly Branch[] {
    const ids = new Set([...this.#sessions].flatMap(({ branches }) => branches));
    return BRANCHES.filter(({ id }) => !ids.has(id));
  }

  toString(): string {
    return `${this.#sessions.size} sessions took ${BRANCHES.length - this.missing.length} of ${BRANCHES.length} branches`;
  }
}

/** A test that comes last, and names the branches that no one took. */
export function testTally(
  { describe, test }: TestFramework,
  tally: BranchCoverage,
  mayMiss: (branch: Branch) => boolean = () => false,
): void {
  describe('all paths together', () => {
    test('every branch of the statechart is taken by a real client', async () => {
      // biome-ignore lint/suspicious/noConsole: the sums are for those who run the tests
      console.info(`${tally}`);
      expect(tally.missing.filter((branch) => !mayMiss(branch)).map(({ id }) => id)).toEqual([]);
    });
  });
}
