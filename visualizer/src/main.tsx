import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './ui/theme.css';
import './ui/layout.css';
import type { ClientPane, OwnClients } from './app.tsx';
import { createChatLog } from './chat/chat-log.ts';
import { type Backend, createClientBench } from './client-bench/client-bench.ts';
import { linkDevServer } from './client-bench/dev-server.ts';
import { readConfig, readTiming } from './config.ts';
import { Pages } from './pages.tsx';
import { receiveSessions } from './studio/remote-sessions.ts';

const { devServer, relay } = await readConfig();
const place = document.getElementById('page');
if (place === null) throw new Error('The page has no #page.');
// Clients and what is received live as long as the page, not as long as a component.
const own = devServer === null ? null : startOwn(devServer);
const sessions = relay === null ? null : receiveSessions(relay);
createRoot(place).render(
  <StrictMode>
    <Pages own={own} remote={sessions === null || relay === null ? null : { sessions, relayUrl: relay }} />
  </StrictMode>,
);

function startOwn(backend: Backend): OwnClients {
  const server = linkDevServer(backend);
  const sit = (id: string, suggestedUserId: string): ClientPane => {
    const bench = createClientBench({ id, suggestedUserId, backend, timing: readTiming() });
    bench.recorder.position.subscribe(server.refreshSoon);
    const log = createChatLog(bench.client);
    void bench.client.restore();
    return { bench, log };
  };
  const panes = [sit('one', 'alice'), sit('two', 'bob')] as const;
  // For the browser's console: clients.one.getSnapshot()
  Object.assign(globalThis, { clients: { one: panes[0].bench.client, two: panes[1].bench.client } });
  return { backend, server, panes };
}
