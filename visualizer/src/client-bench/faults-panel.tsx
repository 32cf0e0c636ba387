import { useState } from 'react';
import { chooseSpeed, readSpeed } from '../config.ts';
import { timeOfDay } from '../trace/format.ts';
import { useStore } from '../ui/store.ts';
import { usable } from '../ui/usable.ts';
import type { ClientBench } from './client-bench.ts';
import { ALL_WELL, type Conditions, type TokenMode } from './conditions.ts';
import type { DevServerLink } from './dev-server.ts';
import { FAULT_GROUPS, type FaultButton, type FaultGroup } from './faults.ts';
import './faults.css';

interface Props {
  readonly bench: ClientBench;
  readonly server: DevServerLink;
}

const TOKEN_MODES: readonly { readonly mode: TokenMode; readonly label: string }[] = [
  { mode: 'works', label: 'Token source works' },
  { mode: 'fails', label: 'Token source fails' },
  { mode: 'hangs', label: 'Token source hangs' },
  { mode: 'otherUser', label: "Token source gives another's" },
];

/** Everything that can be made to go wrong, on the server and on this device. Each press is acknowledged. */
export function FaultsPanel({ bench, server }: Props) {
  const [dropsToo, setDropsToo] = useState(true);
  const [note, setNote] = useState('Each fault strikes this client only.');
  const silenced = useStore(bench.silenced);

  async function strike(group: FaultGroup, { label, fault }: FaultButton): Promise<void> {
    const userId = struckUser(bench);
    const { connectionId } = bench.client.getSnapshot();
    const problem = await server.cause(fault(userId));
    const armed = group.isAboutConnects ? 'is armed for the next connect' : 'was sent';
    const lost =
      bench.silenced.get() && fault(userId).type === 'sendFrame' ? ', but nothing passes: the socket is silent' : '';
    setNote(problem ?? `${label} ${armed}${lost} (${timeOfDay(Date.now())}).`);
    if (problem === null && fault(userId).type === 'goSilent' && connectionId !== null) bench.silenced.set(true);
    if (problem === null && group.isAboutConnects && dropsToo && connectionId !== null) {
      await server.cause({ type: 'dropSockets', ...(userId !== undefined && { userId }) });
    }
  }

  return (
    <>
      <p className="fault-note" role="status">
        {note}
        {silenced ? ' The socket is silent.' : ''}
      </p>
      {FAULT_GROUPS.map((group) => (
        <fieldset key={group.title} className="fault-group">
          <legend>{group.title}</legend>
          {group.buttons.map((button) => (
            <button key={button.label} type="button" title={button.hint} onClick={() => void strike(group, button)}>
              {button.label}
            </button>
          ))}
          {group.isAboutConnects && (
            <label className="check" title="Drops the open socket too, so that the next connect comes at once.">
              <input type="checkbox" checked={dropsToo} onChange={(event) => setDropsToo(event.target.checked)} /> drop
              now
            </label>
          )}
        </fieldset>
      ))}
      <OnThisDevice bench={bench} />
    </>
  );
}

const SPEEDS = [1, 5, 20];

const CONDITION_NAMES = {
  network: 'No network',
  foreground: 'In the background',
  storage: 'Storage blocked',
  storageResponds: 'Storage hangs',
} as const;

const CONDITIONS = Object.keys(CONDITION_NAMES) as (keyof typeof CONDITION_NAMES)[];

/** The faults in force, also while the panel is folded away; each can be cleared. */
export function ArmedFaults({ bench, server }: Props) {
  const view = useStore(server.view);
  const conditions = useStore(bench.conditions);
  const silenced = useStore(bench.silenced);
  const faults = view?.faults ?? [];
  const local = CONDITIONS.filter((name) => !conditions[name]);
  const tokens =
    conditions.tokens === 'works' ? [] : [TOKEN_MODES.find(({ mode }) => mode === conditions.tokens)?.label ?? ''];
  const count = faults.length + local.length + tokens.length + Number(silenced);
  return (
    <div className="armed-faults">
      <ul aria-label="Faults in force">
        {silenced && <li className="armed">Socket silenced</li>}
        {faults.map((state) => (
          <Armed key={state.id} label={state.fault.type} onClear={() => void server.lift(state)} />
        ))}
        {local.map((name) => (
          <Armed
            key={name}
            label={CONDITION_NAMES[name]}
            onClear={() => bench.conditions.set({ ...conditions, [name]: true })}
          />
        ))}
        {tokens.map((label) => (
          <Armed key={label} label={label} onClear={() => bench.conditions.set({ ...conditions, tokens: 'works' })} />
        ))}
      </ul>
      <span>{count === 0 ? 'No faults armed' : ''}</span>
      <button
        type="button"
        {...usable(count - Number(silenced) > 0, () => {
          bench.conditions.set(ALL_WELL);
          void server.liftAll();
        })}
      >
        Clear all
      </button>
    </div>
  );
}

function Armed({ label, onClear }: { readonly label: string; readonly onClear: () => void }) {
  return (
    <li>
      <button
        type="button"
        title="Clear this fault"
        onClick={({ currentTarget }) => {
          // It is about to go, and would leave the focus to the page. The last button is "Clear all".
          const buttons = [...(currentTarget.closest('.armed-faults')?.querySelectorAll('button') ?? [])];
          buttons[buttons.indexOf(currentTarget) + 1]?.focus();
          onClear();
        }}
      >
        {label} ×
      </button>
    </li>
  );
}

function OnThisDevice({ bench }: { readonly bench: ClientBench }) {
  const conditions = useStore(bench.conditions);
  const change = (changed: Partial<Conditions>) => bench.conditions.set({ ...conditions, ...changed });
  return (
    <fieldset className="fault-group">
      <legend>This device</legend>
      {CONDITIONS.map((name) => (
        <button
          key={name}
          type="button"
          aria-pressed={!conditions[name]}
          onClick={() => change({ [name]: !conditions[name] })}
        >
          {CONDITION_NAMES[name]}
        </button>
      ))}
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
    </fieldset>
  );
}

/** Anonymous users have no id that the server could aim at: then every client is struck. */
function struckUser({ client, suggestedUserId }: ClientBench): string | undefined {
  const { user, lastUser } = client.getSnapshot();
  const id = user?.id ?? lastUser?.id ?? suggestedUserId;
  return id.startsWith('!') ? undefined : id;
}
