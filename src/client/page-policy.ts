import type { Socket } from '../actors/dependencies.ts';
import { OwnError } from '../token/redact.ts';

const VIOLATION = 'securitypolicyviolation';

/**
 * A page's Content Security Policy refuses a socket by an error without a reason, and no close follows: the reason is an
 * event of the document. It is handed to the socket before that error.
 */
export function explainPolicy(socket: Socket, url: string): Socket {
  if (typeof document === 'undefined' || !(socket instanceof EventTarget)) return socket;
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
  return socket;
}
