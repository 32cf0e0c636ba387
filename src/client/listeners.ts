import { callSafely } from './call-safely.ts';

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

  /** Returns what removes it. */
  add(listener: (value: Value) => unknown): () => void {
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
