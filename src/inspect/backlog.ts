import type { StudioFrame } from './frames.ts';

/** What a studio needs of this program's sessions when it is found late, or again. */
export interface Backlog {
  add(frame: StudioFrame, text: string): void;
  /** Of the sessions that have started: actors first, as they came; then the newest events and snapshots. */
  texts(): readonly string[];
  /** What to send now that `frame` has come: nothing of a session that has not started; with its start, all of it. */
  announced(frame: StudioFrame, text: string): readonly string[];
  /** Whether a session has started and was not stopped yet. */
  isLive(): boolean;
}

interface Kept {
  readonly rootId: string;
  readonly text: string;
}

/** As many as a page keeps: the history of a long session is not lost with its first page. */
const MOST_EVENTS = 5_000;
const MOST_SESSIONS = 20;

export function createBacklog(): Backlog {
  /** By root: not started yet, running, or stopped. */
  const phases = new Map<string, 'idle' | 'live' | 'over'>();
  let actors: readonly Kept[] = [];
  let events: Kept[] = [];
  const isLive = () => [...phases.values()].includes('live');

  /** A session that is over is kept until the next one comes: a studio may be about to connect. */
  function makeRoom(): void {
    const over = [...phases].filter(([, phase]) => phase === 'over').map(([rootId]) => rootId);
    const tooMany = [...phases.keys()].slice(0, Math.max(0, phases.size - over.length - MOST_SESSIONS));
    for (const rootId of [...over, ...tooMany]) phases.delete(rootId);
    actors = actors.filter(({ rootId }) => phases.has(rootId));
    events = events.filter(({ rootId }) => phases.has(rootId));
  }

  /** Sessions whose actors are still to be announced. */
  const silent = new Set<string>();

  return {
    isLive,
    announced({ rootId }, text) {
      if (phases.get(rootId) === 'idle') {
        silent.add(rootId);
        return [];
      }
      if (!silent.delete(rootId)) return [text];
      return [...actors, ...events].filter((kept) => kept.rootId === rootId).map((kept) => kept.text);
    },
    add(frame, text) {
      const { type, rootId, sessionId } = frame;
      const isOfRoot = sessionId === rootId;
      if (type === '@xstate.actor') {
        if (isOfRoot) makeRoom();
        if (isOfRoot) phases.set(rootId, 'idle');
        actors = [...actors, { rootId, text }];
        return;
      }
      if (isOfRoot && phases.has(rootId)) phases.set(rootId, isStop(frame) ? 'over' : 'live');
      events.push({ rootId, text });
      if (events.length > MOST_EVENTS * 1.1) events = events.slice(-MOST_EVENTS);
    },
    // A client that was built and never started, as React's StrictMode leaves one behind, is no session.
    texts: () => [...actors, ...events].filter(({ rootId }) => phases.get(rootId) !== 'idle').map(({ text }) => text),
  };
}

/** The last snapshot of a stopped actor is not active. */
function isStop({ type, snapshot }: StudioFrame): boolean {
  return type === '@xstate.snapshot' && (snapshot as { readonly status?: unknown } | null)?.status !== 'active';
}
