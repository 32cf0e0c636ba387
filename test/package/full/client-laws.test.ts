import { it } from 'vitest';
import { takeClientWalks } from '../../integration/actors/client-walks.ts';

it(
  'laws 1, 2, 4, 5, 9, 10 of the client actor hold for 5,000 walks of random commands on random servers',
  {
    timeout: 900_000,
  },
  () => takeClientWalks(5_000),
);
