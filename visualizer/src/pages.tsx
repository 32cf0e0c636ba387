import { Fragment, useCallback, useEffect, useState } from 'react';
import { App, type OwnClients } from './app.tsx';
import { PageHeader } from './header.tsx';
import { Help } from './help.tsx';
import { type JournalSource, JournalView } from './journal/journal-view.tsx';
import type { JournalFile } from './journal/opened.ts';
import { NoServer } from './no-server.tsx';
import { Attached } from './studio/attached.tsx';
import type { RemoteSessions } from './studio/remote-sessions.ts';
import { readAddress, visit } from './ui/address.ts';
import { useKeptFocus } from './ui/kept-focus.ts';
import { useStore } from './ui/store.ts';

interface Props {
  /** `null` when the page was served without a development server. */
  readonly own: OwnClients | null;
  /** `null` when it was served without a relay. */
  readonly remote: { readonly sessions: RemoteSessions; readonly relayUrl: string } | null;
}

type Page = 'playground' | 'live' | 'recordings';

const PAGES: readonly Page[] = ['playground', 'live', 'recordings'];
const TITLES = { playground: 'Playground', live: 'Live apps', recordings: 'Recordings' } as const;

/** What the page shows: the clients that run in it, the sessions of other programs, or a journal. */
export function Pages({ own, remote }: Props) {
  const offered = PAGES.filter(
    (page) => (page !== 'live' || remote !== null) && (page !== 'playground' || own !== null || remote === null),
  );
  const inAddress = () => offered.find((each) => each === readAddress('page')) ?? offered[0] ?? 'recordings';
  const [page, setPage] = useState<Page>(inAddress);
  const [dropped, setDropped] = useState<JournalFile | null>(null);
  const show = useCallback((next: Page) => {
    setPage(next);
    visit('page', next);
  }, []);
  const returns = useReturns(() => {
    setDropped(null);
    setPage(inAddress());
  });
  useDroppedFiles((file) => {
    setDropped(file);
    show('recordings');
  });
  const tabFor = useKeptFocus(page);
  const nav = (
    <nav className="tabs" aria-label="Pages">
      {offered.map((each) => (
        <button
          key={each}
          type="button"
          aria-current={each === page ? 'page' : undefined}
          {...tabFor(each, () => show(each))}
        >
          {TITLES[each]}
          {each === 'live' && remote !== null && <LiveCount sessions={remote.sessions} />}
        </button>
      ))}
    </nav>
  );
  if (page === 'playground' && own !== null)
    return (
      <Fragment key={returns}>
        <App {...own} nav={nav} />
        <Help />
      </Fragment>
    );
  return (
    <Fragment key={returns}>
      <a className="skip" href="#chart">
        Skip to the chart
      </a>
      <PageHeader nav={nav}>
        <p className="server-line">{page === 'live' && remote !== null ? `${remote.relayUrl} for programs` : ''}</p>
      </PageHeader>
      {page === 'recordings' ? (
        <JournalView
          sources={own === null ? [] : own.panes.map(({ bench }) => sourceOf(bench.id, bench.journal))}
          dropped={dropped}
        />
      ) : remote !== null && page === 'live' ? (
        <Attached {...remote} />
      ) : (
        <NoServer />
      )}
      <Help />
    </Fragment>
  );
}

/** How often the browser's back and forward buttons were used: what is shown then is read from the address again. */
function useReturns(onReturn: () => void): number {
  const [returns, setReturns] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it listens as long as the page is open
  useEffect(() => {
    const back = () => {
      onReturn();
      setReturns((count) => count + 1);
    };
    addEventListener('popstate', back);
    return () => removeEventListener('popstate', back);
  }, []);
  return returns;
}

const sourceOf = (name: string, { journal }: { readonly journal: () => object }): JournalSource => ({
  name: `Client ${name}`,
  read: () => JSON.stringify(journal()),
});

function LiveCount({ sessions }: { readonly sessions: RemoteSessions }) {
  const live = useStore(sessions.view).filter(({ phase }) => phase === 'live').length;
  return live === 0 ? null : ` (${live})`;
}

/** A journal may be dropped anywhere. */
function useDroppedFiles(take: (file: JournalFile) => void): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: it listens as long as the page is open
  useEffect(() => {
    const over = (event: DragEvent) => event.preventDefault();
    const drop = (event: DragEvent) => {
      event.preventDefault();
      const [file] = event.dataTransfer?.files ?? [];
      if (file !== undefined) void file.text().then((text) => take({ name: file.name, text }));
    };
    document.addEventListener('dragover', over);
    document.addEventListener('drop', drop);
    return () => {
      document.removeEventListener('dragover', over);
      document.removeEventListener('drop', drop);
    };
  }, []);
}
