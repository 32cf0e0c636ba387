/*
 * What a page that opens late has to be told of a program: its actors, the newest snapshot of each, and what happened
 * last.
 */

/** An inspection frame, of which nothing but this is known. */
export interface Frame {
  readonly type: string;
  readonly sessionId: string;
  readonly rootId?: string | undefined;
  readonly [field: string]: unknown;
}

export interface History {
  add(frame: Frame, text: string): void;
  texts(): readonly string[];
  /** Session ids of the actors that have no parent. */
  roots(): readonly string[];
}

interface Kept {
  readonly sessionId: string;
  readonly isSnapshot: boolean;
  readonly text: string;
}

const MOST_ACTORS = 200;
const MOST_EVENTS = 300;
const MOST_CHARACTERS = 4_000_000;

export function createHistory(): History {
  const actors = new Map<string, { readonly isRoot: boolean; readonly text: string }>();
  const newest = new Map<string, Kept>();
  const events: Kept[] = [];
  let characters = 0;

  function forgetOldest(): void {
    while (events.length > MOST_EVENTS || characters > MOST_CHARACTERS) characters -= events.shift()?.text.length ?? 0;
    for (const [sessionId, { isRoot }] of actors) {
      if (actors.size <= MOST_ACTORS) break;
      if (isRoot) continue;
      actors.delete(sessionId);
      newest.delete(sessionId);
    }
  }

  return {
    add({ type, sessionId, parentId }, text) {
      if (type === '@xstate.actor') {
        actors.set(sessionId, { isRoot: parentId === undefined, text });
      } else {
        const kept: Kept = { sessionId, isSnapshot: type === '@xstate.snapshot', text };
        if (kept.isSnapshot && actors.has(sessionId)) newest.set(sessionId, kept);
        events.push(kept);
        characters += text.length;
      }
      forgetOldest();
    },
    texts() {
      const recent = new Set(events);
      const older = [...newest.values()].filter((kept) => !recent.has(kept));
      return [...actors.values(), ...older, ...events].map(({ text }) => text);
    },
    roots: () => [...actors].filter(([, { isRoot }]) => isRoot).map(([sessionId]) => sessionId),
  };
}
