import type { ReactNode } from 'react';
import type { Backend, ClientBench } from './client-bench/client-bench.ts';
import type { DevServerLink } from './client-bench/dev-server.ts';
import { wordsFor } from './session/status.ts';
import { useSnapshot } from './session/use-snapshot.ts';
import { useStore } from './ui/store.ts';
import { ThemeButton } from './ui/theme-button.tsx';

interface Props {
  readonly nav: ReactNode;
  readonly backend: Backend;
  readonly server: DevServerLink;
  readonly benches: readonly ClientBench[];
  readonly watched: string;
  readonly onWatch: (id: string) => void;
}

/** The top of the playground: which client is watched, and the server. */
export function Header({ nav, backend, server, benches, watched, onWatch }: Props) {
  const view = useStore(server.view);
  return (
    <PageHeader nav={nav}>
      <fieldset className="watching">
        <legend className="unseen">Client that is watched</legend>
        {benches.map((bench) => (
          <WatchChoice key={bench.id} bench={bench} isWatched={bench.id === watched} onWatch={onWatch} />
        ))}
      </fieldset>
      <p className="server-line">
        <span className={view === null ? 'dot bad' : 'dot good'} />
        {new URL(backend.url).host}
        <span className="server-counts">
          {view === null ? 'does not respond' : `${view.total.openNow} open, ${view.total.opened} opened in all`}
        </span>
      </p>
    </PageHeader>
  );
}

/** The top of every page: what this is, the other pages, what `children` show of this one, and how the page looks. */
export function PageHeader({ nav, children }: { readonly nav: ReactNode; readonly children: ReactNode }) {
  return (
    <header className="page-header">
      <h1>
        sessionchart <span>studio</span>
      </h1>
      <p className="purpose">Shows where a session is, why, and what comes next.</p>
      {nav}
      {children}
      <ThemeButton />
    </header>
  );
}

function WatchChoice({
  bench,
  isWatched,
  onWatch,
}: {
  readonly bench: ClientBench;
  readonly isWatched: boolean;
  readonly onWatch: (id: string) => void;
}) {
  const snapshot = useSnapshot(bench.client);
  const name = (snapshot.user ?? snapshot.lastUser)?.id ?? `client ${bench.id}`;
  const { short, tone } = wordsFor(snapshot, useStore(bench.silenced));
  return (
    <label className={isWatched ? 'watch-choice chosen' : 'watch-choice'} title={`${name} ${short}`}>
      <input
        type="radio"
        className="unseen"
        name="watched"
        value={bench.id}
        checked={isWatched}
        onChange={() => onWatch(bench.id)}
      />
      <span className={`dot ${tone}`} />
      <span className="watch-words" key={`${name} ${short}`}>
        <b>{name}</b> <span>{short}</span>
      </span>
    </label>
  );
}
