import type { AnyActorRef, EventObject } from 'xstate';
import type { ChatClient } from '../../../src/index.ts';
import { sessionOf } from '../../kit/session-of.ts';

type Relay = (source: AnyActorRef | undefined, target: AnyActorRef, event: EventObject) => void;

/**
 * The way from the real actors of a client to its statechart, on which one fact can be on its way for as long as it
 * takes. The actors drop the facts of superseded attempts before they report them; what they have reported already, only the
 * statechart can drop.
 */
export class DelayedDelivery {
  /** How many commands the statechart has given to its actors. */
  commands = 0;
  readonly #onHeld: () => void;
  readonly #deliver: Relay;
  #expected: string | null = null;
  #held: (() => void) | null = null;

  /** `onHeld` is called when a fact is put into the post. */
  constructor(client: ChatClient, onHeld: () => void) {
    this.#onHeld = onHeld;
    const { system } = sessionOf(client).chart.children.client as AnyActorRef;
    // XState hands over everything that one actor says to another here, and has no public place for it.
    const internals = system as unknown as { _relay: Relay };
    this.#deliver = internals._relay;
    internals._relay = (source, target, event) => this.#take(source, target, event);
  }

  /** The next fact of this type does not arrive before {@link deliver}. */
  hold(type: string): void {
    this.#expected = type;
  }

  get isHolding(): boolean {
    return this.#held !== null;
  }

  deliver(): void {
    const held = this.#held;
    if (held === null) throw new Error('Nothing is in the post.');
    this.#held = null;
    held();
  }

  #take(source: AnyActorRef | undefined, target: AnyActorRef, event: EventObject): void {
    const isFact = source !== undefined && source._parent === target;
    if (isFact && event.type === this.#expected) {
      this.#expected = null;
      this.#held = () => this.#deliver(source, target, event);
      this.#onHeld();
      return;
    }
    if (source !== undefined && target._parent === source) this.commands += 1;
    this.#deliver(source, target, event);
  }
}
