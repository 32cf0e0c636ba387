import { useEffect, useState } from 'react';

interface Props {
  /** Milliseconds since the epoch; `null` when nothing is planned. */
  readonly dueAtMs: number | null;
  readonly canHurry: boolean;
  readonly onHurry: () => void;
}

const TICK_MS = 100;

/** When the next attempt comes, and a button for those who cannot wait. */
export function Countdown({ dueAtMs, canHurry, onHurry }: Props) {
  const leftMs = useLeftMs(dueAtMs);
  const [wholeMs, setWholeMs] = useState(0);
  useEffect(() => setWholeMs(dueAtMs === null ? 0 : dueAtMs - Date.now()), [dueAtMs]);
  const share = leftMs === null || wholeMs <= 0 ? 0 : Math.min(leftMs / wholeMs, 1);
  return (
    <div className="countdown">
      <span className="countdown-time">
        {leftMs === null || dueAtMs === null ? (
          'none planned'
        ) : (
          <>
            in <b>{(leftMs / 1000).toFixed(1)} s</b>, at {new Date(dueAtMs).toLocaleTimeString()}
          </>
        )}
      </span>
      <button type="button" disabled={!canHurry} onClick={onHurry}>
        Try now
      </button>
      <span className="countdown-bar" aria-hidden="true">
        <span style={{ transform: `scaleX(${share})` }} />
      </span>
    </div>
  );
}

function useLeftMs(dueAtMs: number | null): number | null {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    if (dueAtMs === null) return;
    setNowMs(Date.now());
    const timer = setInterval(() => setNowMs(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, [dueAtMs]);
  return dueAtMs === null ? null : Math.max(0, dueAtMs - nowMs);
}
