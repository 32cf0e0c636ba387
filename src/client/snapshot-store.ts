import { later } from '../clock.ts';
import type { SessionError } from '../errors.ts';
import type { OwnUser, User } from '../user.ts';
import {
  type ChartSnapshot,
  type ClientSnapshot,
  inactiveSnapshot,
  isShallowEqual,
  liveSnapshot,
} from './client-snapshot.ts';
import { Listeners } from './listeners.ts';
import type { SessionParts } from './session-parts.ts';

/** What an app reads of a session: its snapshot, made of the statechart, with those who subscribe to it. */
export class SnapshotStore {
  readonly #parts: SessionParts;
  #snapshot = inactiveSnapshot('idle', null);
  #subscribers = new Listeners<ClientSnapshot>();
  /** `null` where none runs. */
  #chart: ChartSnapshot | null = null;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  get snapshot(): ClientSnapshot {
    // Later: subscribers must not be called while someone reads, such as a component that is rendered.
    if (this.#snapshot.dueAt !== null && this.#parts.timers.followWallClock()) later(() => this.#update());
    return this.#snapshot;
  }

  subscribe(listener: (snapshot: ClientSnapshot) => void): () => void {
    return this.#subscribers.add(listener);
  }

  /** How the server described `user`; `null` for a new profile, which it has not described yet. */
  meAs(user: User | undefined): OwnUser | null {
    return user === this.#chart?.context.identity?.user ? this.#parts.me : null;
  }

  follow(chart: ChartSnapshot): void {
    const { identity, failure } = chart.context;
    const isOver = !chart.hasTag('running');
    this.#parts.me = isOver ? null : this.meAs(identity?.user);
    this.#chart = chart;
    this.#parts.followFailure(failure, isOver);
    this.#update();
  }

  /** No statechart runs any more. */
  end(status: 'failed' | 'disposed', error: SessionError | null): void {
    this.#chart = null;
    this.#publish(inactiveSnapshot(status, this.#snapshot, error));
    if (status === 'disposed') this.#subscribers = new Listeners();
  }

  #update(): void {
    if (this.#chart !== null) this.#publish(liveSnapshot(this.#chart, this.#snapshot, this.#parts));
  }

  /** A subscriber may cause the next snapshot: then the ones after it get only that one. */
  #publish(snapshot: ClientSnapshot): void {
    const before = this.#snapshot;
    if (snapshot === before) return;
    this.#snapshot = snapshot;
    if (this.#subscribers.isEmpty || isSameToThem(before, snapshot)) return;
    this.#subscribers.call(snapshot, () => this.#snapshot === snapshot, this.#parts.faultsOf('subscriber'));
  }
}

/** A timer that is started again soon, as at the start of the actors, is no news. */
function isSameToThem(before: ClientSnapshot, after: ClientSnapshot): boolean {
  if (before.dueAt === null || after.dueAt === null || Math.abs(after.dueAt - before.dueAt) > NEGLIGIBLE_MS)
    return false;
  return isShallowEqual(before, { ...after, dueAt: before.dueAt });
}

const NEGLIGIBLE_MS = 1_000;
