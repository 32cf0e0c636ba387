import type { ChatEvent, ChatEvents } from '../protocol/events.ts';
import { Listeners } from './listeners.ts';

/** The chat event of a type, as far as the app declared it in {@link ChatEvents}. */
export type ChatEventOf<Type extends string> = Type extends keyof ChatEvents
  ? ChatEvent & { readonly type: Type } & ChatEvents[Type]
  : ChatEvent;

export type ChatListener<Type extends string = string> = (event: ChatEventOf<Type>) => void;

export class ChatListeners {
  /** Made by the first registration. */
  #byType: Map<string, Listeners<ChatEvent>> | undefined;
  readonly #report: (cause: unknown) => void;

  constructor(report: (cause: unknown) => void) {
    this.#report = report;
  }

  on<Type extends string>(type: Type, listener: ChatListener<Type>): () => void {
    this.#byType ??= new Map();
    const byType = this.#byType;
    const listeners = byType.get(type) ?? new Listeners<ChatEvent>();
    byType.set(type, listeners);
    const remove = listeners.add(listener as ChatListener);
    return () => {
      remove();
      if (listeners.isEmpty && byType.get(type) === listeners) byType.delete(type);
    };
  }

  /** A listener may end the session: the ones after it do not get the event (law 4). */
  deliver(event: ChatEvent, isCurrent: () => boolean): void {
    this.#byType?.get(event.type)?.call(event, isCurrent, this.#report);
    // A server may send an event whose type is '*'.
    if (event.type !== '*') this.#byType?.get('*')?.call(event, isCurrent, this.#report);
  }
}
