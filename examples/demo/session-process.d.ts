import type { Order, Report, Setup } from './messages.ts';
/** A session in a process of its own, as the demo drives it. Every wait ends with the process, or with the demo. */
export interface SessionProcess {
  /** Calls a method of the client. Resolves with the id of its user; rejects with the call's failure. */
  call(
    order: Exclude<
      Order,
      {
        call: 'leave';
      }
    >,
  ): Promise<string | null>;
  /** Resolves once these states were entered one after the other, others between them allowed, since the last such wait. */
  entered(...states: readonly string[]): Promise<void>;
  received(text: string): Promise<void>;
  /** Resolves once the repository holds this user. */
  stored(userId: string): Promise<void>;
  /** Lets the process end. Resolves with the milliseconds that it took; rejects when it ends in any other way. */
  leave(): Promise<number>;
  /** Ends the process as a crash of the machine would. */
  kill(): Promise<void>;
}
export interface SessionProcessOptions {
  readonly setup: Setup;
  readonly onReport: (report: Report) => void;
  /** Aborted when the demo ends: waits reject with its reason, and the process is killed. */
  readonly signal: AbortSignal;
}
export declare function startSessionProcess({ setup, onReport, signal }: SessionProcessOptions): SessionProcess;
