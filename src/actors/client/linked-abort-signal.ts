/*
 * What ends an HTTP call ends its answer as well, for as long as somebody can read that: a body may go on for longer
 * than the session that it was sent for (law 4), and an open connection keeps a Node process alive (law 2).
 */

/** Aborts one call as soon as one of several signals does. `AbortSignal.any` is missing in React Native. */
export interface LinkedSignal {
  /** For `fetch`. */
  readonly signal: AbortSignal;
  /** The call is over without an answer to read. */
  release(): void;
  /** The call was answered: the signals hold until nobody can read the body any more. */
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
      // React Native's `fetch` has no streams: it answers when everything is here.
      if (typeof body === 'object' && body !== null) gone?.register(body, release);
      else release();
    },
  };
}

/**
 * A stream that can still be read is held by its reader, whoever let go of the response; so it is the stream that is
 * watched. Where an engine cannot say what was collected, calls are held until their session ends: for a long session
 * some memory, and never a body that outlives it.
 */
const gone =
  typeof FinalizationRegistry === 'undefined' ? null : new FinalizationRegistry<() => void>((release) => release());

/** One listener for each signal, since Node warns of a leak at eleven, and so many calls are nothing special. */
const followers = new WeakMap<AbortSignal, Followers>();

interface Followers {
  readonly aborts: Set<() => void>;
  readonly tell: () => void;
}

function follow(signal: AbortSignal, abort: () => void): () => void {
  const known = followers.get(signal) ?? firstOf(signal);
  known.aborts.add(abort);
  return () => {
    if (!known.aborts.delete(abort) || known.aborts.size > 0) return;
    if (followers.get(signal) === known) followers.delete(signal);
    attempt(() => signal.removeEventListener('abort', known.tell));
  };
}

function firstOf(signal: AbortSignal): Followers {
  const aborts = new Set<() => void>();
  const tell = () => {
    for (const abort of [...aborts]) abort();
  };
  attempt(() => signal.addEventListener('abort', tell));
  const first: Followers = { aborts, tell };
  followers.set(signal, first);
  return first;
}

function attempt(act: () => void): void {
  try {
    act();
  } catch {
    // A signal may be the app's own object; a throw where something was collected would end a Node process (law 11).
  }
}
