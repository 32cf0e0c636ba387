import { it } from 'vitest';
import { play, takeClientWalks } from './client-walks.ts';

// `npm run test:full` takes many times as many.
it('laws 1, 2, 4, 5, 9, 10 of the client actor hold for random commands on random servers', () => takeClientWalks(200));

it('law 4: a hello whose fact is dropped, because no fact is wanted any more, delivers no event', async () => {
  const hello = { type: 'health.check', connection_id: 'c1', me: { id: 'alice' } };
  await play([
    { kind: 'login', who: 0, upTo: 4 },
    { kind: 'frame', frame: hello },
    { kind: 'command', name: 'token.abort', who: 0 },
    { kind: 'turn' },
    { kind: 'frame', frame: { type: 'message.new' } },
  ]);
});
