import { type ReactNode, useState } from 'react';
import { App, type OwnClients } from './app.tsx';
import { type JournalSource, JournalView } from './journal/journal-view.tsx';
import { NoServer } from './no-server.tsx';
import { Attached } from './studio/attached.tsx';
import type { RemoteSessions } from './studio/remote-sessions.ts';
import { useStore } from './ui/store.ts';
import { ThemeButton } from './ui/theme-button.tsx';

interface Props {
  /** `null` when the page was served without a development server. */
  readonly own: OwnClients | null;
  /** `null` when it was served without a relay. */
  readonly remote: { readonly sessions: RemoteSessions; readonly relayUrl: string } | null;
}

type Place = 'here' | 'attached' | 'journal';

/** What the page shows: the clients that run in it, the sessions of other programs, or a journal. */
export function Pages({ own, remote }: Props) {
  const [place, setPlace] = useState<Place>(own === null && remote !== null ? 'attached' : 'here');
  const nav = (
    <select
      className="place-choice"
      aria-label="What the page shows"
      value={place}
      onChange={({ target }) => setPlace(target.value as Place)}
    >
      {(own !== null || remote === null) && <option value="here">Clients here</option>}
      {remote !== null && <AttachedOption sessions={remote.sessions} />}
      <option value="journal">Journal</option>
    </select>
  );
  if (place === 'here' && own !== null) return <App {...own} nav={nav} />;
  return (
    <>
      <a className="skip" href="#chart">
        Skip to the chart
      </a>
      <header className="masthead">
        <h1>
          sessionchart <span>studio</span>
        </h1>
        {nav}
        <PlaceLine>{place === 'attached' && remote !== null ? `${remote.relayUrl} for programs` : ''}</PlaceLine>
        <ThemeButton />
      </header>
      {place === 'journal' ? (
        <JournalView sources={own === null ? [] : own.seats.map(({ lab }) => sourceOf(lab.id, lab.journal))} />
      ) : remote !== null && place === 'attached' ? (
        <Attached {...remote} />
      ) : (
        <NoServer />
      )}
    </>
  );
}

const sourceOf = (name: string, { journal }: { readonly journal: () => object }): JournalSource => ({
  name,
  read: () => JSON.stringify(journal()),
});

function PlaceLine({ children }: { readonly children: ReactNode }) {
  return <p className="server-line">{children}</p>;
}

function AttachedOption({ sessions }: { readonly sessions: RemoteSessions }) {
  const live = useStore(sessions.view).filter(({ phase }) => phase === 'live').length;
  return <option value="attached">{live === 0 ? 'Attached' : `Attached (${live})`}</option>;
}
