import { OwnError } from '../errors.ts';
import type { Socket } from './dependencies.ts';

const VIOLATION = 'securitypolicyviolation';

/**
 * Opens a socket whose address a page may forbid, which browsers report on their console and hardly to the program.
 *
 * - A page of https may not open a `ws:` address: the class throws, in the words of the browser; so does `fetch` for `http:`.
 * - A Content Security Policy refuses a socket by an error without a reason, and no close follows. The reason is an event
 *   of the document, which comes before that error.
 */
export function openInPage(open: () => Socket, url: string): Socket {
  let socket: Socket;
  try {
    socket = open();
  } catch (cause) {
    throw mixedIn(url) ?? cause;
  }
  if (typeof document !== 'undefined' && socket instanceof EventTarget) {
    const stop = watchPolicy(url, (error) => socket.onerror?.({ error } as never));
    for (const type of ['open', 'error', 'close']) socket.addEventListener(type, stop);
  }
  return socket;
}

/** What `send` resolves with; where a policy of the page is why it rejects, it rejects with that. */
export async function sendInPage<Value>(url: string, send: () => Promise<Value>): Promise<Value> {
  if (typeof document === 'undefined') return send();
  let violation: OwnError | undefined;
  const stop = watchPolicy(url, (error) => {
    violation = error;
  });
  try {
    return await send();
  } catch (cause) {
    // The event comes a task later.
    await new Promise((resolve) => setTimeout(resolve));
    throw violation ?? mixedIn(url) ?? cause;
  } finally {
    stop();
  }
}

/** Browsers allow it to the device itself. */
const LOOPBACK = /^\w+:\/\/(localhost|[^/:]+\.localhost|127\.[\d.]+|\[::1\])(?=[:/]|$)/;

function mixedIn(url: string): OwnError | undefined {
  const isMixed = globalThis.location?.protocol === 'https:' && /^(ws|http):/.test(url) && !LOOPBACK.test(url);
  return isMixed ? new OwnError('a page of https may not connect to an address of http') : undefined;
}

/** Calls back when the policy of this page refuses `url`; returns what stops that. */
function watchPolicy(url: string, onRefused: (error: OwnError) => void): () => void {
  const onViolation = ({ blockedURI, effectiveDirective }: SecurityPolicyViolationEvent) => {
    // Some browsers report the whole address, some its origin or its scheme.
    if (!blockedURI || !url.startsWith(blockedURI)) return;
    onRefused(new OwnError(`the page's Content-Security-Policy (${effectiveDirective}) forbids this address`));
  };
  document.addEventListener(VIOLATION, onViolation);
  return () => document.removeEventListener(VIOLATION, onViolation);
}
