import type { ReactNode } from 'react';
import { useState } from 'react';
import { ownChart } from './chart/own-chart.ts';
import { Chat } from './chat/chat.tsx';
import type { ChatLog } from './chat/chat-log.ts';
import type { Backend, ClientBench } from './client-bench/client-bench.ts';
import type { DevServerLink } from './client-bench/dev-server.ts';
import { ArmedFaults, FaultsPanel } from './client-bench/faults-panel.tsx';
import { Header } from './header.tsx';
import { Announcer } from './session/announcer.tsx';
import { SessionPanel } from './session/session-panel.tsx';
import { SessionView } from './studio/session-view.tsx';
import { readAddress, visit } from './ui/address.ts';
import { Fold } from './ui/fold.tsx';
import { Panel } from './ui/panel.tsx';

export interface ClientPane {
  readonly bench: ClientBench;
  readonly log: ChatLog;
}

/** The clients that run in this page, and the server that they talk to. */
export interface OwnClients {
  readonly backend: Backend;
  readonly server: DevServerLink;
  readonly panes: readonly [ClientPane, ...ClientPane[]];
}

interface Props extends OwnClients {
  /** Leads to the other pages. */
  readonly nav: ReactNode;
}

/** The playground: real clients against a real server, the watched one in full, and everything that acts on it. */
export function App({ backend, server, panes, nav }: Props) {
  const [watched, setWatched] = useState(readAddress('client') ?? panes[0].bench.id);
  const { bench } = panes.find((pane) => pane.bench.id === watched) ?? panes[0];
  const { recorder } = bench;
  return (
    <>
      <a className="skip" href="#chart">
        Skip to the chart
      </a>
      <Header
        nav={nav}
        backend={backend}
        server={server}
        benches={panes.map((pane) => pane.bench)}
        watched={bench.id}
        onWatch={(id) => {
          setWatched(id);
          visit('client', id);
        }}
      />
      <Announcer client={bench.client} />
      <SessionView
        key={bench.id}
        id={bench.id}
        chart={ownChart}
        position={recorder.position}
        log={recorder.log}
        onClear={recorder.clear}
        side={
          <>
            <Panel title="Session" name="session-panel" quiet>
              <SessionPanel bench={bench} />
            </Panel>
            <ArmedFaults bench={bench} server={server} />
            <Fold title="Make it go wrong" name="faults-panel">
              <FaultsPanel bench={bench} server={server} />
            </Fold>
          </>
        }
      >
        <Fold title="Chat" name="chat-panel">
          <Chat panes={panes} watched={bench.id} />
        </Fold>
      </SessionView>
    </>
  );
}
