import type { StudioFrame } from './frames.ts';

/** What a studio has to be told of the sessions of this program when it is found late, or again. */
export interface Backlog {
  add(frame: StudioFrame, text: string): void;
  /** Actors first, as they came; then the newest events and snapshots. */
  texts(): readonly string[];
  /** Whether a session has started and was not stopped yet. */
  isLive(): boolean;
}

interface Kept {
  readonly rootId: string;
  readonly text: string;
}

const MOST_EVENTS = 300;
const MOST_SESSIONS = 20;

export function createBacklog(): Backlog {
  /** By root: not started yet, running, or stopped. */
  const phases = new Map<string, 'idle' | 'live' | 'over'>();
  let actors: readonly Kept[] = [];
  let events: readonly Kept[] = [];
  const isLive = () => [...phases.values()].includes('live');

  /** A session that is over is kept until the next one comes: somebody may be about to be told of it. */
  function makeRoom(): void {
    const over = [...phases].filter(([, phase]) => phase === 'over').map(([rootId]) => rootId);
    const tooMany = [...phases.keys()].slice(0, Math.max(0, phases.size - over.length - MOST_SESSIONS));
    for (const rootId of [...over, ...tooMany]) phases.delete(rootId);
    actors = actors.filter(({ rootId }) => phases.has(rootId));
    events = events.filter(({ rootId }) => phases.has(rootId));
  }

  return {
    isLive,
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
      events = [...events.slice(1 - MOST_EVENTS), { rootId, text }];
    },
    texts: () => [...actors, ...events].map(({ text }) => text),
  };
}

/** A stopped actor says so in its last snapshot. */
function isStop({ type, snapshot }: StudioFrame): boolean {
  return type === '@xstate.snapshot' && (snapshot as { readonly status?: unknown } | null)?.status !== 'active';
}
