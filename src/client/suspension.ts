import type { SessionCommand } from '../machines/types.ts';

/** Who asked for the session to be suspended. */
export type Suspender = 'app' | 'environment';

type SuspensionCommand = Extract<SessionCommand, { type: 'session.suspend' | 'session.resume' }>;

/**
 * Keeps who has asked for a suspension, in this one place: a session is resumed when all who asked have withdrawn. A page
 * that comes back from the cache does not resume what the app has suspended.
 */
export class Suspension {
  readonly #send: (command: SuspensionCommand) => void;
  /** Each with the newest login call that was made before it. Made by the first suspension. */
  #askedBy: Map<Suspender, number> | null = null;
  #newestLogin = 0;

  constructor(send: (command: SuspensionCommand) => void) {
    this.#send = send;
  }

  suspend(by: Suspender): void {
    this.#askedBy ??= new Map();
    this.#askedBy.set(by, this.#newestLogin);
    this.#send({ type: 'session.suspend' });
  }

  /** The app withdraws both requests; the environment only its own. */
  resume(by: Suspender): void {
    if (by === 'app') this.clear();
    else if (this.#askedBy?.delete(by) !== true) return;
    if (this.#isEmpty) this.#send({ type: 'session.resume' });
  }

  /** The session is over, or the app asks for another one: all requests are void. */
  clear(): void {
    this.#askedBy?.clear();
  }

  /** Re-applies a suspension that was requested while the previous session was ending. */
  reapply(): void {
    if (!this.#isEmpty) this.#send({ type: 'session.suspend' });
  }

  /** A login is on its way to the chart. */
  onLoginStarted(call: number): void {
    this.#newestLogin = call;
  }

  /** An accepted login shows that the app is present; a suspension requested after the call stays. */
  onLoginAccepted(call: number): void {
    for (const [by, login] of this.#askedBy ?? []) if (login < call) this.#askedBy?.delete(by);
  }

  get #isEmpty(): boolean {
    return (this.#askedBy?.size ?? 0) === 0;
  }
}
