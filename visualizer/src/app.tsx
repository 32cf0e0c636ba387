import { type ReactNode, useMemo, useState } from 'react';
import { sessionMachine } from '../../src/index.ts';
import { Chart } from './chart/chart.tsx';
import { readDefinition } from './chart/definition.ts';
import { outgoing } from './chart/outgoing.ts';
import { TransitionTable } from './chart/table.tsx';
import { Chat } from './chat/chat.tsx';
import type { ChatLog } from './chat/chat-log.ts';
import { Header } from './header.tsx';
import type { Backend, Lab } from './lab/client-bench.ts';
import type { DevServerLink } from './lab/dev-server.ts';
import { FaultsPanel } from './lab/faults-panel.tsx';
import { Announcer } from './session/announcer.tsx';
import { SessionPanel } from './session/session-panel.tsx';
import { Sequence } from './trace/sequence.tsx';
import { Timeline } from './trace/timeline.tsx';
import { Panel } from './ui/panel.tsx';
import { useStore } from './ui/store.ts';

export interface Seat {
  readonly lab: Lab;
  readonly log: ChatLog;
}

/** The clients that run in this page, and the server that they talk to. */
export interface OwnClients {
  readonly backend: Backend;
  readonly server: DevServerLink;
  readonly seats: readonly [Seat, ...Seat[]];
}

interface Props extends OwnClients {
  /** Leads to the other places of the page. */
  readonly nav: ReactNode;
}

/** The page: the session of the watched client as a drawing, in words and over time, and everything that acts on it. */
export function App({ backend, server, seats, nav }: Props) {
  const [watched, setWatched] = useState(seats[0].lab.id);
  const { lab } = seats.find((seat) => seat.lab.id === watched) ?? seats[0];
  return (
    <>
      <a className="skip" href="#chart">
        Skip to the chart
      </a>
      <Header
        nav={nav}
        backend={backend}
        server={server}
        labs={seats.map((seat) => seat.lab)}
        watched={watched}
        onWatch={setWatched}
      />
      <Watched key={lab.id} lab={lab} server={server} seats={seats} />
    </>
  );
}

const chart = readDefinition(sessionMachine.definition);

function Watched({ lab, server, seats }: { readonly lab: Lab } & Pick<Props, 'server' | 'seats'>) {
  const { state, entries, lastMove, lastStay } = useStore({
    subscribe: lab.recorder.subscribe,
    get: lab.recorder.getView,
  });
  const [selected, setSelected] = useState<string | null>(null);
  const possible = useMemo(() => (state === null ? null : outgoing(chart, state)), [state]);
  const lastTaken = useMemo(() => new Set([...lastMove, ...lastStay]), [lastMove, lastStay]);
  return (
    <main>
      <Announcer client={lab.client} />
      <Panel title="Statechart" name="chart-panel" quiet>
        <div id="chart" tabIndex={-1}>
          <Chart
            chart={chart}
            current={state}
            lastMove={lastMove}
            lastTaken={lastTaken}
            selected={selected}
            onSelect={setSelected}
          />
        </div>
      </Panel>
      <div className="side">
        <Panel title="What the session knows" name="session-panel">
          <SessionPanel lab={lab} possible={possible} />
        </Panel>
        <Panel title="Make it go wrong" name="faults-panel">
          <FaultsPanel lab={lab} server={server} />
        </Panel>
      </div>
      <Panel title="Chat" name="chat-panel">
        <Chat panes={seats} watched={lab.id} />
      </Panel>
      <Panel title="Timeline" name="timeline-panel">
        <Timeline entries={entries} onClear={lab.recorder.clear} />
      </Panel>
      <Panel title="Sequence" name="sequence-panel">
        <Sequence entries={entries} />
      </Panel>
      <Panel title="Every transition" name="table-panel">
        <TransitionTable chart={chart} shown={selected ?? state} lastTaken={lastTaken} />
      </Panel>
    </main>
  );
}
