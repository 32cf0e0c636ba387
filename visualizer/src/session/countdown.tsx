import { useEffect, useState } from 'react';
import { timeOfDay } from '../trace/format.ts';

interface Props {
  /** Milliseconds since the epoch; `null` where no deadline runs. */
  readonly dueAtMs: number | null;
  /** What is due: `Next attempt`, `Hello`. */
  readonly label: string;
}

const TICK_MS = 100;

/** What is due next, and how long that takes. */
export function Countdown({ dueAtMs, label }: Props) {
  const leftMs = useLeftMs(dueAtMs);
  const [wholeMs, setWholeMs] = useState(0);
  useEffect(() => setWholeMs(dueAtMs === null ? 0 : dueAtMs - Date.now()), [dueAtMs]);
  const share = leftMs === null || wholeMs <= 0 ? 0 : Math.min(leftMs / wholeMs, 1);
  return (
    <div className="countdown">
      <span className="countdown-time" key={`${label} ${dueAtMs}`}>
        {leftMs === null || dueAtMs === null ? (
          'Nothing is due.'
        ) : (
          <>
            {label} <span className="countdown-clock">at {timeOfDay(dueAtMs)},</span> in{' '}
            <b>{(leftMs / 1000).toFixed(1)} s</b>
          </>
        )}
      </span>
      <span className="countdown-bar" aria-hidden="true">
        <span style={{ transform: `scaleX(${share})` }} />
      </span>
    </div>
  );
}

function useLeftMs(dueAtMs: number | null): number | null {
  const nowMs = useNow(dueAtMs === null ? null : TICK_MS);
  return dueAtMs === null ? null : Math.max(0, dueAtMs - nowMs);
}

/** The time, anew every `everyMs`; `null`: once. */
export function useNow(everyMs: number | null): number {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    setNowMs(Date.now());
    if (everyMs === null) return;
    const timer = setInterval(() => setNowMs(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return nowMs;
}

/** What the timer of a state is about. */
export function deadlineLabel(state: string): string {
  switch (state) {
    case 'restoring':
      return 'Storage gives up';
    case 'loadingToken':
      return 'Token times out';
    case 'connecting.opening':
      return 'Hello times out';
    case 'connected.probing':
      return 'Probe times out';
    case 'disconnecting.forgetting':
      return 'Removal times out';
    case 'disconnecting.closing':
      return 'Close times out';
    default:
      return 'Next attempt';
  }
}
