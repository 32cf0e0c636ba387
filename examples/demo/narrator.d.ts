import type { Report } from './messages.ts';
export interface Narrator {
  /** Begins a numbered step with a sentence or two about what will happen. */
  step(text: string): void;
  /** Prints what the session's process reports. */
  report(report: Report): void;
  /** Prints what can be seen from outside. */
  note(text: string): void;
  /** Prints something verbatim, on a line of its own. */
  quote(text: string): void;
  /** Prints text without indent. */
  print(text: string): void;
}
export declare function createNarrator(write: (text: string) => void): Narrator;
export declare function seconds(ms: number): string;
