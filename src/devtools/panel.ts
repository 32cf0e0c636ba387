import type { AnyStateNode } from 'xstate';
import type { ChatClient } from '../client/builder.ts';
import { explain } from '../client/explain.ts';
import { invalidArgument } from '../errors.ts';
import { type Check, hasMethods, readMembers } from '../input.ts';
import { recordJournal } from '../journal/record.ts';
import { sessionMachine } from '../machines/session.ts';
import { controlsOf } from './controls.ts';
import { button, element, offer, setText } from './dom.ts';
import { style } from './styles.ts';

export interface DevtoolsOptions {
  /** Default: that of the device. */
  readonly theme?: 'light' | 'dark' | undefined;
}

const THEME: Check = [(value) => value === 'light' || value === 'dark', "'light' or 'dark'"];
const TICK_MS = 500;
const MOST_ROWS = 100;

/**
 * Shows a client in `place`: its status, why it is there and what comes next, its states, what happened, and buttons that
 * act on it. For development: load it with a dynamic `import()` behind your bundler's development flag.
 *
 * Returns a function that removes the panel. Building it starts nothing; what happened is recorded from now on.
 *
 * @throws SessionError `invalidArgument` that names the argument or the option.
 */
export function mountDevtools(place: HTMLElement, client: ChatClient, options: DevtoolsOptions = {}): () => void {
  if (!hasMethods(place, 'append')) throw invalidArgument('place', 'expected an element');
  const { theme } = readMembers(options, { theme: THEME });
  const host = element('div', { className: 'sessionchart-devtools', dir: 'ltr', lang: 'en' });
  if (theme !== undefined) host.style.colorScheme = theme;
  const root = host.attachShadow({ mode: 'open' });
  const recorder = recordJournal(client);
  let hasMore = false;
  // Transitions come after their snapshots, and several at once are drawn together.
  const stopWatching = client.onTransition(() => {
    if (!hasMore) queueMicrotask(drawTimeline);
    hasMore = true;
  });

  const status = element('strong', { role: 'status' });
  const who = element('bdi');
  const why = element('p');
  const next = element('p', { className: 'next' });
  const states = element('ol', { className: 'states', ariaLabel: 'States' });
  const timeline = element('ol', { className: 'timeline', ariaLabel: 'Timeline', tabIndex: 0 });
  const names = leavesOf(sessionMachine.root);
  const items = new Map(names.map((name) => [name, element('li', { textContent: name })]));
  states.append(...items.values());

  const controls = controlsOf(client.actor);
  const actions = {
    retry: button('Retry now', () => void client.retryNow()),
    suspend: button('Suspend', () => void (client.getSnapshot().can.resume ? client.resume() : client.suspend())),
    drop: button('Drop connection', () => controls?.dropConnection()),
    offline: button('Go offline', () => {
      controls?.setOffline(!controls.isOffline());
      draw();
    }),
    expire: button('Expire token', () => controls?.expireToken()),
    save: button('Save journal', () => save(recorder.journal())),
  };
  if (controls === null) {
    for (const wrapped of [actions.drop, actions.offline, actions.expire]) {
      wrapped.disabled = true;
      wrapped.title = 'Create the client with withDevtools(options) to use this.';
    }
  }

  function draw(): void {
    const snapshot = client.getSnapshot();
    const explanation = explain(client);
    const isDoubtful = snapshot.state === 'connected.probing';
    host.dataset.tone = isDoubtful ? 'busy' : (TONES[snapshot.status] ?? 'busy');
    setText(status, isDoubtful ? 'online, but silent' : snapshot.status);
    setText(who, snapshot.user?.id ?? 'no user');
    setText(why, [explanation.where, explanation.why].filter(Boolean).join(' '));
    setText(next, explanation.next);
    for (const [name, item] of items) item.ariaCurrent = name === snapshot.state ? 'true' : null;
    offer(actions.retry, snapshot.can.retryNow);
    offer(actions.suspend, snapshot.can.suspend || snapshot.can.resume);
    setText(actions.suspend, snapshot.can.resume ? 'Resume' : 'Suspend');
    if (controls !== null) {
      offer(actions.drop, snapshot.connectionId !== null);
      offer(actions.expire, snapshot.connectionId !== null);
      actions.offline.ariaPressed = String(controls.isOffline());
    }
  }

  function drawTimeline(): void {
    hasMore = false;
    const { startedAtMs, entries } = recorder.journal();
    const lines = entries.slice(-MOST_ROWS).reverse();
    timeline.replaceChildren(
      ...lines.map(({ afterMs, event, state }) => {
        // As explain() writes it, whatever the language of the browser.
        const time = new Date(startedAtMs + afterMs).toTimeString().slice(0, 8);
        const cells = [time, event.type, state];
        const spans = cells.map((textContent) => element('span', { textContent }));
        return element('li', {}, spans);
      }),
    );
  }

  root.append(
    element('section', { ariaLabel: 'Session devtools' }, [
      element('header', {}, [status, who]),
      why,
      next,
      element('div', { className: 'actions' }, Object.values(actions)),
      element('details', {}, [element('summary', { textContent: 'States' }), states]),
      timeline,
    ]),
  );
  place.append(host);
  style(root);
  draw();
  const unsubscribe = client.subscribe(draw);
  const timer = setInterval(draw, TICK_MS);
  return () => {
    clearInterval(timer);
    unsubscribe();
    stopWatching();
    recorder.stop();
    host.remove();
  };
}

/** The panel as a plugin of TanStack Devtools: `plugins: [devtoolsPlugin(client)]`. */
export function devtoolsPlugin(client: ChatClient, name = 'Session') {
  let unmount = () => {};
  return {
    name,
    render(place: HTMLElement, { theme }: DevtoolsOptions = {}): void {
      unmount();
      unmount = mountDevtools(place, client, { theme });
    },
    destroy: (): void => unmount(),
  };
}

const TONES: Readonly<Record<string, string>> = {
  online: 'good',
  idle: 'calm',
  loggedOut: 'calm',
  suspended: 'calm',
  disposed: 'calm',
  signInAgain: 'bad',
  failed: 'bad',
};

/** The states in which a session can be. */
function leavesOf({ path, states, always = [] }: AnyStateNode): readonly string[] {
  const children = Object.values(states);
  if (children.length > 0) return children.flatMap(leavesOf);
  return always.length === 0 ? [path.join('.')] : [];
}

function save(journal: object): void {
  const url = URL.createObjectURL(new Blob([JSON.stringify(journal, null, 2)], { type: 'application/json' }));
  element('a', { href: url, download: 'session-journal.json' }).click();
  // The download has begun by then; the browser keeps what it needs of it.
  setTimeout(() => URL.revokeObjectURL(url), 0);
}
