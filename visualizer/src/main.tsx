import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './ui/theme.css';
import './ui/layout.css';
import type { OwnClients, Seat } from './app.tsx';
import { createChatLog } from './chat/chat-log.ts';
import { readConfig, readTiming } from './config.ts';
import { type Backend, createLab } from './lab/client-bench.ts';
import { linkDevServer } from './lab/dev-server.ts';
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
  const sit = (id: string, suggestedUserId: string): Seat => {
    const lab = createLab({ id, suggestedUserId, backend, timing: readTiming() });
    lab.recorder.subscribe(server.refreshSoon);
    const log = createChatLog(lab.client);
    void lab.client.restore();
    return { lab, log };
  };
  const seats = [sit('one', 'alice'), sit('two', 'bob')] as const;
  // For the browser's console: clients.one.getSnapshot()
  Object.assign(globalThis, { clients: { one: seats[0].lab.client, two: seats[1].lab.client } });
  return { backend, server, seats };
}
