import { follow } from '../../follow-signal.ts';

/*
 * What ends an HTTP call also ends its response, as long as its body can be read: a body may last longer than the session
 * that it was sent for (law 4), and an open connection keeps a Node process alive (law 2).
 */

/** Aborts one call as soon as one of several signals does. `AbortSignal.any` is missing in React Native. */
export interface LinkedSignal {
  readonly signal: AbortSignal;
  /** The call is over without a response to read. */
  release(): void;
  /** There is a response: the signals hold until its body can no longer be read. */
  releaseAfter(response: Response): void;
}

export function linkSignals(signals: readonly (AbortSignal | undefined)[]): LinkedSignal {
  const controller = new AbortController();
  const abort = () => {
    release();
    controller.abort();
  };
  let leaves: readonly (() => void)[] = [];
  const release = () => {
    for (const leave of leaves) leave();
    leaves = [];
  };
  const present = signals.filter((signal) => signal !== undefined);
  if (present.some(({ aborted }) => aborted)) abort();
  else leaves = present.map((signal) => follow(signal, abort));
  return {
    signal: controller.signal,
    release,
    releaseAfter({ body }) {
      // React Native's `fetch` has no streams: it resolves when the whole body has arrived.
      if (typeof body === 'object' && body !== null) gone?.register(body, release);
      else release();
    },
  };
}

/**
 * A stream that can still be read is held by its reader, even if the response is not; so the stream is watched. Where an
 * engine does not report what was collected, calls are held until their session ends: that costs memory in a long
 * session, and no body outlives it.
 */
const gone =
  typeof FinalizationRegistry === 'undefined'
    ? null
    : /* @__PURE__ */ new FinalizationRegistry<() => void>((release) => release());
