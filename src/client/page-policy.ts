import type { Socket } from '../actors/dependencies.ts';
import { OwnError } from '../errors.ts';

const VIOLATION = 'securitypolicyviolation';

/**
 * Opens a socket whose address a page may forbid, which browsers report on their console and hardly to the program.
 *
 * - A page of https may not open a `ws:` address: the class throws, in the words of the browser.
 * - A Content Security Policy refuses a socket by an error without a reason, and no close follows. The reason is an event
 *   of the document, which comes before that error.
 */
export function openInPage(open: () => Socket, url: string): Socket {
  let socket: Socket;
  try {
    socket = open();
  } catch (cause) {
    const isMixed = globalThis.location?.protocol === 'https:' && url.startsWith('ws:');
    throw isMixed ? new OwnError('a page of https may not connect to an address of http') : cause;
  }
  if (typeof document !== 'undefined' && socket instanceof EventTarget) explainPolicy(socket, url);
  return socket;
}

function explainPolicy(socket: Socket & EventTarget, url: string): void {
  const onViolation = ({ blockedURI, effectiveDirective }: SecurityPolicyViolationEvent) => {
    // Some browsers report the whole address, some its origin or its scheme.
    if (!blockedURI || !url.startsWith(blockedURI)) return;
    const text = `the page's Content-Security-Policy (${effectiveDirective}) does not allow this address`;
    socket.onerror?.({ error: new OwnError(text) } as never);
  };
  document.addEventListener(VIOLATION, onViolation);
  for (const type of ['open', 'error', 'close']) {
    socket.addEventListener(type, () => document.removeEventListener(VIOLATION, onViolation));
  }
}
