// How often React renders for what happens in a session: in jsdom's place, React's own test environment.
import { number, table } from '../lib.mjs';
import { countRenders } from '../renders.mjs';

export async function renders({ progress }) {
  progress('one session');
  const counts = await countRenders();
  return {
    title: 'React',
    note: 'Renders of one component for each change: a whole reconnect is what a dropped socket causes until the session is online again.',
    data: counts,
    markdown: table(
      ['hook', 'login to online', '1,000 chat events', 'one reconnect'],
      Object.entries(counts).map(([hook, { login, events, reconnect }]) => [
        hook,
        number(login),
        number(events),
        number(reconnect),
      ]),
    ),
  };
}
