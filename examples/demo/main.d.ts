export interface DemoOptions {
  /** The demo fails when it takes longer, in seconds. */
  readonly timeLimit: number;
  /** The studio to show the session in: its relay's address; `null` for none. */
  readonly studioUrl: string | null;
}
/** Runs the demo on standard output. Sets the exit code: 1 with the reason on stderr, 130 or 143 when it is stopped. */
export declare function demo({ timeLimit, studioUrl }: DemoOptions): Promise<void>;
