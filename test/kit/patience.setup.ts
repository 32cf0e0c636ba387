import { vi } from 'vitest';

/*
 * How long a test waits for what must happen. Vitest's own second is over too early on a busy machine; a longer bound
 * costs nothing where the condition holds.
 */

const PATIENCE_MS = 60_000;

const patient = globalThis as { sessionchartWaitFor?: typeof vi.waitFor };
/** Files of one worker share `vi`: it is wrapped once. */
patient.sessionchartWaitFor ??= vi.waitFor;
const { sessionchartWaitFor: waitFor } = patient;

vi.waitFor = (callback, options) =>
  waitFor(callback, { timeout: PATIENCE_MS, ...(typeof options === 'number' ? { timeout: options } : options) });
