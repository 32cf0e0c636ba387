import type { ChatEvent, ChatEvents } from '../protocol/events.ts';
import { callSafely } from './call-safely.ts';

/** The chat event of a type, as far as the app declared it in {@link ChatEvents}. */
export type ChatEventOf<Type extends string> = Type extends keyof ChatEvents
  ? ChatEvent & { readonly type: Type } & ChatEvents[Type]
  : ChatEvent;

export type ChatListener<Type extends string = string> = (event: ChatEventOf<Type>) => void;

type AnyListener = (event: ChatEvent) => unknown;

/** The app's listeners to chat events. A throwing one is reported and does not keep the others from hearing (law 11). */
export class ChatListeners {
  readonly #byType = new Map<string, Set<AnyListener>>();
  readonly #report: (cause: unknown) => void;

  constructor(report: (cause: unknown) => void) {
    this.#report = report;
  }

  on<Type extends string>(type: Type, listener: ChatListener<Type>): () => void {
    // Each registration is its own, so that the same function registered twice is also removed one by one.
    const own: AnyListener = (event) => listener(event as ChatEventOf<Type>);
    const listeners = this.#byType.get(type) ?? new Set<AnyListener>();
    this.#byType.set(type, listeners.add(own));
    return () => {
      listeners.delete(own);
      if (listeners.size === 0 && this.#byType.get(type) === listeners) this.#byType.delete(type);
    };
  }

  /** A listener may end the session: then the ones after it hear nothing (law 4). */
  deliver(event: ChatEvent, isCurrent: () => boolean): void {
    // A set, since a server may send an event whose type is '*'.
    for (const key of new Set([event.type, '*'])) {
      const listeners = this.#byType.get(key);
      if (listeners === undefined) continue;
      for (const listener of [...listeners]) {
        if (!isCurrent()) return;
        if (!listeners.has(listener)) continue;
        callSafely(() => listener(event), this.#report);
      }
    }
  }
}
