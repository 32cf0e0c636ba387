import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './ui/theme.css';
import './ui/layout.css';
import { App, type Seat } from './app.tsx';
import { createChatLog } from './chat/chat-log.ts';
import { readConfig, readTiming } from './config.ts';
import { linkDevServer } from './lab/dev-server.ts';
import { type Backend, createLab } from './lab/lab.ts';
import { NoServer } from './no-server.tsx';

const backend = await readConfig();
const place = document.getElementById('page');
if (place === null) throw new Error('The page has no #page.');
createRoot(place).render(<StrictMode>{backend === null ? <NoServer /> : page(backend)}</StrictMode>);

/** The clients live as long as the page, not as long as a component. */
function page(backend: Backend) {
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
  return <App backend={backend} server={server} seats={seats} />;
}
