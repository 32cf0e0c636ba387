import { assertFit, callSafely, FUNCTION } from '../input.ts';
import type { ChatEvent, ChatEvents } from '../protocol/events.ts';

/** Each registration is its own, so that the same function registered twice is also removed one by one. */
interface Registration<Value> {
  readonly listener: (value: Value) => unknown;
  isActive: boolean;
}

/**
 * Listeners of the app, called in the order in which they were added. The list is replaced and never changed, so a value
 * is delivered without a copy or a closure per listener.
 */
export class Listeners<Value> {
  #registrations: readonly Registration<Value>[] = [];

  get isEmpty(): boolean {
    return this.#registrations.length === 0;
  }

  /**
   * Returns what removes it.
   *
   * @throws SessionError `invalidArgument` for what cannot be called: events would be lost in silence.
   */
  add(listener: (value: Value) => unknown): () => void {
    assertFit('listener', listener, FUNCTION);
    const registration: Registration<Value> = { listener, isActive: true };
    this.#registrations = [...this.#registrations, registration];
    return () => {
      registration.isActive = false;
      this.#registrations = this.#registrations.filter((other) => other !== registration);
    };
  }

  /**
   * A listener that throws is reported, and does not keep the value from the others (law 11). Stops once `isCurrent()` is
   * false: a listener may make the value obsolete.
   */
  call(value: Value, isCurrent: () => boolean, report: (cause: unknown) => void): void {
    for (const { listener, isActive } of this.#registrations) {
      if (!isCurrent()) return;
      if (isActive) callSafely(listener, report, value);
    }
  }
}

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
    const remove = listeners.add(listener as ChatListener);
    byType.set(type, listeners);
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
