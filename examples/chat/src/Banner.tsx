import type { ReactNode } from 'react';
import { useChatSession } from 'sessionchart/react';
import { whyWaiting } from './words.ts';

/** What the session is up to, when it is anything but connected. */
export function Banner() {
  const { status, error, nextAttemptAt, storageError, can, retryNow } = useChatSession();
  const tryNow = can.retryNow && (
    <button type="button" onClick={retryNow}>
      Try now
    </button>
  );
  switch (status) {
    case 'offline':
      return (
        <Message tone="warning" action={tryNow}>
          No network. You will be connected when it is back.
        </Message>
      );
    case 'waiting':
      return (
        <Message tone="warning" action={tryNow}>
          Trying again at {timeOf(nextAttemptAt)}, because {whyWaiting(error)}.
        </Message>
      );
    case 'connecting':
      return <Message>Connecting…</Message>;
    case 'reconnecting':
      return <Message>Reconnecting…</Message>;
    case 'suspended':
      return <Message>Paused.</Message>;
    default:
      return (
        <Message>
          {storageError && 'This browser stores nothing: after a reload you will have to log in again.'}
        </Message>
      );
  }
}

interface MessageProps {
  readonly tone?: 'calm' | 'warning';
  readonly action?: ReactNode;
  readonly children?: ReactNode;
}

/** It is always there, so that screen readers hear what comes into it. */
function Message({ tone = 'calm', action, children }: MessageProps) {
  return (
    <div className={children ? `banner ${tone}` : 'banner'} role="status">
      {children && <p>{children}</p>}
      {action}
    </div>
  );
}

function timeOf(ms: number | null): string {
  return ms === null ? 'once' : new Date(ms).toLocaleTimeString();
}
