import { runOf } from '../../../src/client/run-of.ts';
import { liveSessionMachine } from '../../../src/client/session-actor.ts';
import type { ChatClient } from '../../../src/index.ts';
import { type Branch, branchesOf, type PathStep, type SessionMachine } from '../../../src/testing/index.ts';

/*
 * What was really caused, counted on the statecharts of the clients in the page: which branch each event took.
 */

const branches = branchesOf(liveSessionMachine as unknown as SessionMachine);

/**
 * Why a late fact does not come to the statechart here. Each is caused as far as a page can; the branch that would drop
 * it is behind actors that drop it first.
 */
const KEPT_BACK = {
  token: 'a token that nobody waits for: the client actor has aborted that load',
  socket: 'a word on a socket that is being closed: the browser itself drops frames of such a one',
  storage: 'an answer to an older errand: the persistence actor answers the newest only',
} as const;

/** A client that is not suspended keeps a `resume()` to itself; only an app that embeds the statechart can send it. */
const NEEDLESS = 'connecting session.resume #1';

/** Guards of branches that drop late facts. */
const BEHIND_ACTORS = new Set<string | null>(['isStale', 'isStaleRecord']);

interface Taken {
  readonly type: string;
  readonly branch: string | null;
}

/** What the statechart of one client was told, and what it made of it. */
export class Witness {
  readonly #taken: Taken[] = [];
  #next = 0;

  constructor(client: ChatClient) {
    const run = runOf(client);
    let before = run.chart;
    run.watch((event, chart) => {
      this.#taken.push({ type: event.type, branch: branches.taken(before as never, event)?.id ?? null });
      before = chart;
    });
  }

  /** Whether the event has come since the step before, and has taken the branch that the path says. */
  hasTaken({ event, branch }: PathStep): boolean {
    const found = this.#taken.findIndex(
      (taken, index) => index >= this.#next && taken.type === event.type && taken.branch === (branch?.id ?? null),
    );
    if (found >= 0) this.#next = found + 1;
    return found >= 0;
  }

  get branches(): readonly string[] {
    return this.#taken.flatMap(({ branch }) => branch ?? []);
  }
}

/** The sums over all paths. */
export class Tally {
  caused = 0;
  needless = 0;
  readonly keptBack = new Map<keyof typeof KEPT_BACK, number>();
  /** Late facts of which nothing was under way any more. */
  readonly withoutCause: string[] = [];
  readonly #branches = new Set<string>();

  note(step: PathStep, witness: Witness, wasUnderWay: boolean): void {
    const { late, name } = step.case;
    for (const branch of witness.branches) this.#branches.add(branch);
    if (witness.hasTaken(step)) this.caused += 1;
    else if (step.branch?.id === NEEDLESS) this.needless += 1;
    else if (late === undefined) throw new Error(`${name} has not taken ${step.branch?.id ?? 'no branch'}.`);
    else if (wasUnderWay) this.keptBack.set(late, (this.keptBack.get(late) ?? 0) + 1);
    else this.withoutCause.push(`${step.branch?.state ?? ''} ${name}`);
  }

  get steps(): number {
    const keptBack = [...this.keptBack.values()].reduce((sum, count) => sum + count, 0);
    return this.caused + this.needless + keptBack + this.withoutCause.length;
  }

  /** Branches that no path took. */
  get missing(): readonly Branch[] {
    return branches.all.filter(({ id }) => !this.#branches.has(id));
  }

  /** Those that nothing explains. */
  get unexplained(): readonly string[] {
    return this.missing.filter(({ id, guard }) => id !== NEEDLESS && !BEHIND_ACTORS.has(guard)).map(({ id }) => id);
  }

  toString(): string {
    const kept = [...this.keptBack].map(([kind, count]) => `  ${count} caused, and kept back: ${KEPT_BACK[kind]}`);
    return [
      `${this.caused} steps caused and taken`,
      ...kept,
      `  ${this.needless} not told: the client has nothing to resume, and keeps that to itself`,
      `  ${this.withoutCause.length} without a cause, nothing being under way any more: ${this.withoutCause.join(', ')}`,
      `${branches.all.length - this.missing.length} of ${branches.all.length} branches taken`,
      `  not taken, for nobody tells what they are about: ${this.missing.map(({ id }) => id).join(', ')}`,
    ].join('\n');
  }
}
