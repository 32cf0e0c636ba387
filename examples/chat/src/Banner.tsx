import { type ReactNode, useEffect, useState } from 'react';
import { useChatSession, useSessionStatus } from 'sessionchart/react';
import { leaveButton } from './focus.ts';
import { useHasNetwork } from './network.ts';
import { whyWaiting } from './words.ts';

/** A connection that is back within that time is not worth a banner. */
const GRACE_MS = 2_000;

/** What the session is up to, when it is anything but connected. */
export function Banner() {
  const { status: present, error, nextAttemptAt, storageError, can, retryNow } = useChatSession();
  const status = useSessionStatus({ graceMs: GRACE_MS }) === 'online' ? 'online' : present;
  const hasNetwork = useHasNetwork();
  const tryNow = can.retryNow && (
    <button
      type="button"
      onClick={({ currentTarget }) => {
        leaveButton(currentTarget);
        retryNow();
      }}
    >
      Try now
    </button>
  );
  // The socket of a device without a network looks open for a while; what people need to know is the network.
  if (status === 'online' && !hasNetwork) {
    return <Message tone="warning">No network. What you write is sent when it is back.</Message>;
  }
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
          Trying again <In at={nextAttemptAt} />, because {whyWaiting(error)}.
          {!can.retryNow && error?.code === 'rateLimited' && ' The server asked for this pause.'}
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

/** It is always there, so that screen readers announce what comes into it. */
function Message({ tone = 'calm', action, children }: MessageProps) {
  return (
    <div className={children ? `banner ${tone}` : 'banner'} role="status" tabIndex={-1}>
      {children && <p>{children}</p>}
      {action}
    </div>
  );
}

/** People read "in 4 s" sooner than a clock. Not announced each second: the banner is a live region. */
function In({ at }: { readonly at: number | null }) {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), 500);
    return () => clearInterval(timer);
  }, []);
  if (at === null) return 'soon';
  const seconds = Math.max(0, Math.ceil((at - nowMs) / 1000));
  return <span aria-live="off">{seconds < 100 ? `in ${seconds} s` : `in ${Math.round(seconds / 60)} min`}</span>;
}
