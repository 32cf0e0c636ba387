import * as z from 'zod/mini';

export type Frame = z.infer<typeof frameSchema>;

/** An inspection frame, of which nothing but this is known. */
export const frameSchema = z.looseObject({
  type: z.string().check(z.startsWith('@xstate.')),
  sessionId: z.string(),
  rootId: z.optional(z.string()),
  parentId: z.optional(z.string()),
  sourceId: z.optional(z.string()),
  // What pages read of a frame.
  event: z.optional(z.looseObject({ type: z.string() })),
  snapshot: z.optional(z.looseObject({})),
});

/** How much was dropped so far. */
export interface Dropped {
  /** Root actors, with everything below them. */
  readonly sessions: number;
  /** Events and snapshots of the sessions that are kept. */
  readonly frames: number;
}

interface Actor {
  readonly rootId: string;
  readonly isRoot: boolean;
  readonly text: string;
  newestSnapshot: string | null;
}

const LIMITS = { actors: 200, events: 5_000, characters: 16_000_000 };

export type History = ReturnType<typeof createHistory>;

/**
 * What a page that opens late gets of a program: its actors, the newest snapshot of each, and the newest events. All of
 * it is bounded, by count and by size.
 */
export function createHistory(limits = LIMITS) {
  const actors = new Map<string, Actor>();
  const events: { readonly text: string; readonly rootId: string }[] = [];
  const dropped: { -readonly [Field in keyof Dropped]: number } = { sessions: 0, frames: 0 };
  let characters = 0;

  function dropOldestEvent(): void {
    characters -= events.shift()?.text.length ?? 0;
    dropped.frames += 1;
  }

  function dropOldestSession(): void {
    const oldest = actors.values().next().value?.rootId;
    for (const [sessionId, { rootId, text, newestSnapshot }] of actors) {
      if (rootId !== oldest) continue;
      actors.delete(sessionId);
      characters -= text.length + (newestSnapshot?.length ?? 0);
    }
    for (let index = events.length - 1; index >= 0; index -= 1) {
      if (events[index]?.rootId === oldest) characters -= events.splice(index, 1)[0]?.text.length ?? 0;
    }
    dropped.sessions += 1;
  }

  function bound(): void {
    while (events.length > limits.events) dropOldestEvent();
    while (characters > limits.characters && events.length > 0) dropOldestEvent();
    while ((characters > limits.characters || actors.size > limits.actors) && actors.size > 0) dropOldestSession();
  }

  return {
    add({ type, sessionId, rootId = sessionId, parentId }: Frame, text: string): void {
      const known = actors.get(sessionId);
      if (type === '@xstate.actor') {
        if (known !== undefined) characters -= known.text.length + (known.newestSnapshot?.length ?? 0);
        actors.set(sessionId, { rootId, isRoot: parentId === undefined, text, newestSnapshot: null });
      } else {
        events.push({ text, rootId });
        if (type === '@xstate.snapshot' && known !== undefined) {
          characters += text.length - (known.newestSnapshot?.length ?? 0);
          known.newestSnapshot = text;
        }
      }
      characters += text.length;
      bound();
    },
    /** What is kept, in order; where something was dropped, with the frame that `describe` makes of it. */
    texts(describe: (dropped: Dropped) => string): readonly string[] {
      const recent = new Set(events.map(({ text }) => text));
      const older = [...actors.values()].flatMap(({ newestSnapshot }) =>
        newestSnapshot === null || recent.has(newestSnapshot) ? [] : [newestSnapshot],
      );
      const gap = dropped.sessions + dropped.frames > 0 ? [describe({ ...dropped })] : [];
      return [...[...actors.values()].map(({ text }) => text), ...older, ...gap, ...events.map(({ text }) => text)];
    },
    roots: () => [...actors].filter(([, { isRoot }]) => isRoot).map(([sessionId]) => sessionId),
    get characters(): number {
      return characters;
    },
    dropped: dropped as Dropped,
  };
}
