import type { PathStep } from '../../../model/explore/path-cover.ts';
import { BranchCoverage, dropsLateFacts, type TakenBranches } from '../../../model/real/branch-coverage.ts';

/**
 * Why a late fact does not come to the statechart here. Each is caused as far as a page can; the branch that would drop
 * it is behind actors that drop it first.
 */
const KEPT_BACK = {
  token: 'a token that no one waits for: the client actor has aborted that load',
  socket: 'a word on a socket that is being closed: the browser itself drops frames of such a one',
  storage: 'an answer to an older task: the persistence actor reports on the newest only',
} as const;

/** The sums over all paths in a page, late facts apart. */
export class PageTally extends BranchCoverage {
  caused = 0;
  readonly keptBack = new Map<keyof typeof KEPT_BACK, number>();
  /** Late facts of which nothing was under way any more. */
  readonly withoutCause: string[] = [];

  note(step: PathStep, taken: TakenBranches, wasUnderWay: boolean): void {
    const { late, name } = step.case;
    this.add(taken);
    if (taken.includes(step)) this.caused += 1;
    else if (late === undefined) throw new Error(`${name} has not taken ${step.branches[0]?.id ?? 'no branch'}.`);
    else if (wasUnderWay) this.keptBack.set(late, (this.keptBack.get(late) ?? 0) + 1);
    else this.withoutCause.push(`${step.branches[0]?.state ?? ''} ${name}`);
  }

  get steps(): number {
    const keptBack = [...this.keptBack.values()].reduce((sum, count) => sum + count, 0);
    return this.caused + keptBack + this.withoutCause.length;
  }

  /** Branches that no path took and nothing explains. */
  get unexplained(): readonly string[] {
    return this.missing.filter((branch) => !dropsLateFacts(branch)).map(({ id }) => id);
  }

  override toString(): string {
    const kept = [...this.keptBack].map(([kind, count]) => `  ${count} caused, and kept back: ${KEPT_BACK[kind]}`);
    return [
      `${this.caused} steps caused and taken`,
      ...kept,
      `  ${this.withoutCause.length} without a cause, nothing being under way any more: ${this.withoutCause.join(', ')}`,
      super.toString(),
      `  not taken, because nothing reports what they are about: ${this.missing.map(({ id }) => id).join(', ')}`,
    ].join('\n');
  }
}
