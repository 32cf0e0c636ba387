import type { ReactNode } from 'react';
import { chooseSpeed, readSpeed } from './config.ts';
import type { Backend, Lab } from './lab/client-bench.ts';
import type { DevServerLink } from './lab/dev-server.ts';
import { STATUS_WORDS } from './session/status.ts';
import { useSnapshot } from './session/use-snapshot.ts';
import { useStore } from './ui/store.ts';
import { ThemeButton } from './ui/theme-button.tsx';

interface Props {
  readonly nav: ReactNode;
  readonly backend: Backend;
  readonly server: DevServerLink;
  readonly labs: readonly Lab[];
  readonly watched: string;
  readonly onWatch: (id: string) => void;
}

const SPEEDS = [1, 5, 20];

/** The top of the page: which client is watched, the server, and how the page looks. */
export function Header({ nav, backend, server, labs, watched, onWatch }: Props) {
  const view = useStore(server.view);
  return (
    <header className="masthead">
      <h1>
        sessionchart <span>studio</span>
      </h1>
      {nav}
      <fieldset className="watching">
        <legend className="unseen">Client that is watched</legend>
        {labs.map((lab) => (
          <WatchChoice key={lab.id} lab={lab} isWatched={lab.id === watched} onWatch={onWatch} />
        ))}
      </fieldset>
      <p className="server-line">
        <span className={view === null ? 'dot bad' : 'dot good'} />
        {new URL(backend.url).host}
        <span className="server-counts">
          {view === null ? 'does not answer' : `${view.total.openNow} open, ${view.total.opened} opened in all`}
        </span>
      </p>
      <select
        aria-label="Timings of the clients; a change reloads the page"
        value={readSpeed()}
        onChange={(event) => chooseSpeed(Number(event.target.value))}
      >
        {[...new Set([...SPEEDS, readSpeed()])].map((speed) => (
          <option key={speed} value={speed}>
            {speed === 1 ? 'Timings as shipped' : `${speed} times as fast`}
          </option>
        ))}
      </select>
      <ThemeButton />
    </header>
  );
}

function WatchChoice({
  lab,
  isWatched,
  onWatch,
}: {
  readonly lab: Lab;
  readonly isWatched: boolean;
  readonly onWatch: (id: string) => void;
}) {
  const { user, status } = useSnapshot(lab.client);
  const { short, tone } = STATUS_WORDS[status];
  return (
    <label className={isWatched ? 'watch-choice chosen' : 'watch-choice'}>
      <input
        type="radio"
        className="unseen"
        name="watched"
        value={lab.id}
        checked={isWatched}
        onChange={() => onWatch(lab.id)}
      />
      <span className={`dot ${tone}`} />
      <span key={`${user?.id} ${short}`}>
        <b>{user?.id ?? `client ${lab.id}`}</b> {short}
      </span>
    </label>
  );
}
