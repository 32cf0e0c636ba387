import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import type { ChatClient, ClientSnapshot } from '../../../../src/index.ts';
import { SessionProvider, useChatSession } from '../../../../src/react/index.ts';

/** What the page shows, as text. */
export type Shown = Readonly<Record<string, string>>;

const FIELDS: Readonly<Record<string, (session: ClientSnapshot) => string>> = {
  status: ({ status }) => status,
  state: ({ state }) => state,
  user: ({ user }) => user?.id ?? 'nobody',
  connection: ({ connectionId }) => connectionId ?? 'none',
  cause: ({ reason }) => reason ?? 'none',
  error: ({ error }) => error?.code ?? 'none',
  storage: ({ storageError }) => storageError?.code ?? 'none',
  failures: ({ failedAttempts }) => String(failedAttempts),
  nextAttempt: ({ nextAttemptAt }) => String(nextAttemptAt ?? 'none'),
};

/** What has to be shown. */
export const shownFor = (session: ClientSnapshot): Shown =>
  Object.fromEntries(Object.entries(FIELDS).map(([name, field]) => [name, field(session)]));

function Session() {
  const session = useChatSession();
  return Object.entries(FIELDS).map(([name, field]) => (
    <output key={name} name={name}>
      {field(session)}
    </output>
  ));
}

/** A React app over one client, in this page. */
export class App {
  readonly #place = document.body.appendChild(document.createElement('main'));
  readonly #root = createRoot(this.#place);

  start(client: ChatClient): void {
    this.#root.render(
      <StrictMode>
        <SessionProvider client={client}>
          <Session />
        </SessionProvider>
      </StrictMode>,
    );
  }

  shown(): Shown {
    const outputs = [...this.#place.querySelectorAll('output')];
    return Object.fromEntries(outputs.map((output) => [output.getAttribute('name') ?? '', output.textContent ?? '']));
  }

  stop(): void {
    this.#root.unmount();
    this.#place.remove();
  }
}
