import { useState } from 'react';
import { useStore } from '../ui/store.ts';
import type { Lab } from './client-bench.ts';
import type { Conditions, TokenMode } from './conditions.ts';
import type { DevServerLink } from './dev-server.ts';
import { FAULT_GROUPS, type FaultButton, type FaultGroup } from './faults.ts';
import './faults.css';

interface Props {
  readonly lab: Lab;
  readonly server: DevServerLink;
}

const TOKEN_MODES: readonly { readonly mode: TokenMode; readonly label: string }[] = [
  { mode: 'works', label: 'Token source works' },
  { mode: 'fails', label: 'Token source fails' },
  { mode: 'hangs', label: 'Token source hangs' },
  { mode: 'otherUser', label: "Token source gives another's" },
];

/** Everything that can be made to go wrong, on the server and on this side. */
export function FaultsPanel({ lab, server }: Props) {
  const [cutsToo, setCutsToo] = useState(true);
  const [problem, setProblem] = useState<string | null>(null);
  const view = useStore(server.view);
  const userId = struckUser(lab);

  async function strike(group: FaultGroup, { fault }: FaultButton): Promise<void> {
    setProblem(await server.cause(fault(struckUser(lab))));
    const hasSocket = lab.client.getSnapshot().connectionId !== null;
    if (group.isAboutConnects && cutsToo && hasSocket) {
      setProblem(await server.cause({ type: 'dropSockets', ...(userId !== undefined && { userId }) }));
    }
  }

  return (
    <>
      {FAULT_GROUPS.map((group) => (
        <fieldset key={group.title} className="fault-group">
          <legend>{group.title}</legend>
          {group.buttons.map((button) => (
            <button key={button.label} type="button" title={button.hint} onClick={() => void strike(group, button)}>
              {button.label}
            </button>
          ))}
          {group.isAboutConnects && (
            <label className="check" title="Cuts the open socket too, so that the next connect comes at once.">
              <input type="checkbox" checked={cutsToo} onChange={(event) => setCutsToo(event.target.checked)} /> cut now
            </label>
          )}
        </fieldset>
      ))}
      <OnThisSide lab={lab} />
      <div className="waiting-faults">
        <ul aria-label="Faults that lie in wait">
          {view?.faults.map((state) => (
            <li key={state.id}>
              <button type="button" title="Lift this fault" onClick={() => void server.lift(state)}>
                {state.fault.type} ×
              </button>
            </li>
          ))}
        </ul>
        <span className="fault-note" role="status">
          {problem ?? (view?.faults.length ? '' : 'No fault lies in wait.')}
        </span>
        <button type="button" disabled={!view?.faults.length} onClick={() => void server.liftAll()}>
          Lift all
        </button>
      </div>
    </>
  );
}

function OnThisSide({ lab }: { readonly lab: Lab }) {
  const conditions = useStore(lab.conditions);
  const change = (changed: Partial<Conditions>) => lab.conditions.set({ ...conditions, ...changed });
  return (
    <fieldset className="fault-group">
      <legend>This side</legend>
      <button type="button" aria-pressed={!conditions.network} onClick={() => change({ network: !conditions.network })}>
        No network
      </button>
      <button
        type="button"
        aria-pressed={!conditions.foreground}
        onClick={() => change({ foreground: !conditions.foreground })}
      >
        In the background
      </button>
      <button type="button" aria-pressed={!conditions.storage} onClick={() => change({ storage: !conditions.storage })}>
        Storage blocked
      </button>
      <select
        aria-label="Token source"
        value={conditions.tokens}
        onChange={(event) => change({ tokens: event.target.value as TokenMode })}
      >
        {TOKEN_MODES.map(({ mode, label }) => (
          <option key={mode} value={mode}>
            {label}
          </option>
        ))}
      </select>
    </fieldset>
  );
}

/** Anonymous users have no id that the server could aim at: then everybody is struck. */
function struckUser({ client, suggestedUserId }: Lab): string | undefined {
  const { user, lastUser } = client.getSnapshot();
  const id = user?.id ?? lastUser?.id ?? suggestedUserId;
  return id.startsWith('!') ? undefined : id;
}
