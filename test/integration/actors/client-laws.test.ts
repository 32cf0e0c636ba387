import { it } from 'vitest';
import { takeClientWalks } from './client-walks.ts';

// `npm run test:full` takes many times as many.
it('laws 1, 2, 4, 5, 9, 10 of the client actor hold for random commands on random servers', () => takeClientWalks(200));
