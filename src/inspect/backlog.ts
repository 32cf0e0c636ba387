import type { StudioFrame } from './frames.ts';

interface Kept {
  readonly rootId: string;
  readonly text: string;
}

/** As many as a page keeps: the history of a long session is not lost with its first page. */
const MOST_EVENTS = 5_000;
const MOST_SESSIONS = 20;

/** What a studio needs of this program's sessions when it is found late, or again. */
export class Backlog {
  /** By root: not started yet, running, or stopped. */
  #phases = new Map<string, 'idle' | 'live' | 'over'>();
  /** Sessions whose actors are still to be announced. */
  readonly #silent = new Set<string>();
  #actors: readonly Kept[] = [];
  #events: Kept[] = [];

  /** Whether a session has started and was not stopped yet. */
  get isLive(): boolean {
    return [...this.#phases.values()].includes('live');
  }

  /**
   * Of the sessions that have started: actors first, as they came; then the newest events and snapshots. A client that was
   * built and never started, as React's StrictMode leaves one behind, is no session.
   */
  texts(): readonly string[] {
    return this.#textsOf((rootId) => this.#phases.get(rootId) !== 'idle');
  }

  /** What to send now that `frame` has come: nothing of a session that has not started; with its start, all of it. */
  announced({ rootId }: StudioFrame, text: string): readonly string[] {
    if (this.#phases.get(rootId) === 'idle') {
      this.#silent.add(rootId);
      return [];
    }
    return this.#silent.delete(rootId) ? this.#textsOf((other) => other === rootId) : [text];
  }

  add(frame: StudioFrame, text: string): void {
    const { type, rootId, sessionId } = frame;
    const isOfRoot = sessionId === rootId;
    if (type === '@xstate.actor') {
      if (isOfRoot) this.#makeRoom();
      if (isOfRoot) this.#phases.set(rootId, 'idle');
      this.#actors = [...this.#actors, { rootId, text }];
      return;
    }
    if (isOfRoot && this.#phases.has(rootId)) this.#phases.set(rootId, isStop(frame) ? 'over' : 'live');
    this.#events.push({ rootId, text });
    if (this.#events.length > MOST_EVENTS * 1.1) this.#events = this.#events.slice(-MOST_EVENTS);
  }

  #textsOf(isWanted: (rootId: string) => boolean): readonly string[] {
    return [...this.#actors, ...this.#events].filter(({ rootId }) => isWanted(rootId)).map(({ text }) => text);
  }

  /** For a session that comes. One that is over is kept until then: a studio may be about to connect. */
  #makeRoom(): void {
    const going = [...this.#phases].filter(([, phase]) => phase !== 'over').slice(1 - MOST_SESSIONS);
    this.#phases = new Map(going);
    this.#actors = this.#actors.filter(({ rootId }) => this.#phases.has(rootId));
    this.#events = this.#events.filter(({ rootId }) => this.#phases.has(rootId));
  }
}

/** The last snapshot of a stopped actor is not active. */
function isStop({ type, snapshot }: StudioFrame): boolean {
  return type === '@xstate.snapshot' && (snapshot as { readonly status?: unknown } | null)?.status !== 'active';
}
