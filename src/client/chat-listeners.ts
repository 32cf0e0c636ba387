import type { ChatEvent, ChatEvents } from '../protocol/events.ts';
import { callSafely } from './call-safely.ts';

/** The chat event of a type, as far as the app declared it in {@link ChatEvents}. */
export type ChatEventOf<Type extends string> = Type extends keyof ChatEvents
  ? ChatEvent & { readonly type: Type } & ChatEvents[Type]
  : ChatEvent;

export type ChatListener<Type extends string = string> = (event: ChatEventOf<Type>) => void;

/** A registration. Each is its own, so that the same function registered twice is also removed one by one. */
interface Registration {
  readonly listener: (event: ChatEvent) => unknown;
  isActive: boolean;
}

const NONE: readonly Registration[] = [];

/**
 * The app's listeners to chat events. A throwing one is reported and does not keep the event from the others (law 11).
 * Lists are replaced and never changed, so an event is delivered without a copy or a closure per listener.
 */
export class ChatListeners {
  /** Made by the first registration. */
  #byType: Map<string, readonly Registration[]> | undefined;
  readonly #report: (cause: unknown) => void;

  constructor(report: (cause: unknown) => void) {
    this.#report = report;
  }

  on<Type extends string>(type: Type, listener: ChatListener<Type>): () => void {
    const registration: Registration = { listener: listener as Registration['listener'], isActive: true };
    this.#byType ??= new Map();
    this.#byType.set(type, [...(this.#byType.get(type) ?? NONE), registration]);
    return () => {
      if (!registration.isActive) return;
      registration.isActive = false;
      const left = (this.#byType?.get(type) ?? NONE).filter((other) => other !== registration);
      if (left.length > 0) this.#byType?.set(type, left);
      else this.#byType?.delete(type);
    };
  }

  /** A listener may end the session: the ones after it do not get the event (law 4). */
  deliver(event: ChatEvent, isCurrent: () => boolean): void {
    if (this.#byType === undefined) return;
    this.#deliverTo(this.#byType.get(event.type) ?? NONE, event, isCurrent);
    // A server may send an event whose type is '*'.
    if (event.type !== '*') this.#deliverTo(this.#byType.get('*') ?? NONE, event, isCurrent);
  }

  #deliverTo(registrations: readonly Registration[], event: ChatEvent, isCurrent: () => boolean): void {
    for (const registration of registrations) {
      if (!isCurrent()) return;
      if (registration.isActive) callSafely(registration.listener, this.#report, event);
    }
  }
}
