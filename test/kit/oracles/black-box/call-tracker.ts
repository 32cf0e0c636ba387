import type { Call, Result } from '../../../../src/index.ts';
import { must } from './law-violation.ts';

interface PendingCall {
  readonly name: string;
  readonly untilMs: number;
  readonly cancel: () => void;
}

/** Follows calls until they settle: law 3. */
export class CallTracker {
  readonly #pending = new Set<PendingCall>();
  /** Runs what may find a broken law where nothing may be thrown. */
  readonly #protect: (act: () => void) => void;

  constructor(protect: (act: () => void) => void) {
    this.#protect = protect;
  }

  /** The names of the calls that wait. */
  get pending(): readonly string[] {
    return [...this.#pending].map(({ name }) => name);
  }

  /** Follows a call that has to settle by then. */
  follow<Value>(name: string, call: Call<Value>, untilMs: number, settled: (result: Result<Value>) => void): void {
    const pending: PendingCall = { name, untilMs, cancel: () => call.cancel() };
    this.#pending.add(pending);
    call.then(
      (result) => {
        this.#pending.delete(pending);
        this.#protect(() => {
          must(3, typeof result?.success === 'boolean', `${name} resolves with a result`);
          settled(result);
        });
      },
      (cause) => this.#protect(() => must(3, false, `${name} never rejects, but: ${String(cause)}`)),
    );
  }

  cancelNewest(): void {
    const [newest] = [...this.#pending].reverse();
    newest?.cancel();
  }

  check(nowMs: number): void {
    for (const { name, untilMs } of this.#pending) must(3, nowMs <= untilMs, `${name} hangs`);
  }
}
