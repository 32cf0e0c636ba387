import { type ReactNode, StrictMode } from 'react';
import { hydrateRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { expect, inject, it, onTestFinished, vi } from 'vitest';
import { createChatClient } from '../../../../src/index.ts';
import { ChatSessionProvider, SessionProvider, useSessionMachine } from '../../../../src/react/index.ts';
import { countsOf, newUser, options, tokenFor, untilCounted } from '../dev-server.ts';
import { Session } from './parts.tsx';

function Chart() {
  return <p>{useSessionMachine((chart) => JSON.stringify(chart.value))}</p>;
}

/**
 * Renders what a server would. React 18 warns of a layout effect then, and the provider has one where there is a window, as
 * here; `test/package/full/react18.test.ts` checks that a server without one warns of nothing.
 */
function renderAsServer(app: ReactNode): string {
  const console_ = vi.spyOn(console, 'error').mockImplementation(() => {});
  const html = renderToString(app);
  const warnings = console_.mock.calls.map(([format]) => format);
  console_.mockRestore();
  const expected = inject('reactMajor') === 18 ? [expect.stringContaining('useLayoutEffect does nothing')] : [];
  expect(warnings).toEqual(expected);
  return html;
}

/** Hydrates what a server rendered, and collects everything that React has to say about it. */
function hydrate(html: string, app: ReactNode): { readonly container: HTMLElement; readonly complaints: unknown[] } {
  const complaints: unknown[] = [];
  const console_ = vi.spyOn(console, 'error').mockImplementation((...what) => complaints.push(what));
  const container = document.body.appendChild(document.createElement('div'));
  container.innerHTML = html;
  const root = hydrateRoot(container, app, { onRecoverableError: (error) => complaints.push(error) });
  onTestFinished(() => {
    root.unmount();
    container.remove();
    console_.mockRestore();
  });
  return { container, complaints };
}

it('F6: what a server rendered is hydrated without a warning, and then logs in', async () => {
  const alice = newUser('alice');
  const app = (
    <StrictMode>
      <ChatSessionProvider options={options} user={alice} tokenProvider={tokenFor}>
        <Session />
        <Chart />
      </ChatSessionProvider>
    </StrictMode>
  );
  const html = renderAsServer(app);
  expect(html).toContain('idle');
  expect(await countsOf(alice)).toMatchObject({ opened: 0 });

  const { container, complaints } = hydrate(html, app);
  await vi.waitFor(() => expect(container.textContent).toContain('online'));
  expect(complaints).toEqual([]);
  await untilCounted(alice, { opened: 1, openNow: 1, highestOpen: 1 });
});

it("a client of the page's own that is connected before hydration shows so afterwards, without a warning", async () => {
  const alice = newUser('alice');
  const html = renderAsServer(
    <SessionProvider client={createChatClient({ ...options, tokenProvider: tokenFor })}>
      <Session />
      <Chart />
    </SessionProvider>,
  );
  await using client = createChatClient({ ...options, tokenProvider: tokenFor });
  await client.connectUser(alice).orThrow();

  const { container, complaints } = hydrate(
    html,
    <SessionProvider client={client}>
      <Session />
      <Chart />
    </SessionProvider>,
  );
  await vi.waitFor(() => expect(container.textContent).toContain('online'));
  expect(container.textContent).toContain('{"connected":"healthy"}');
  expect(complaints).toEqual([]);
});
