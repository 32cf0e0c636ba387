import { expect, it } from 'vitest';
import { listenForRefusal } from '../../../src/actors/client/platform-socket.ts';
import type { Socket } from '../../../src/actors/dependencies.ts';
import type { RefusedUpgrade } from '../../../src/protocol/protocol.ts';

it('a header of a refused upgrade is found in any case, as one of an HTTP response is', () => {
  const refusals: RefusedUpgrade[] = [];
  const socket = {
    on: (_: string, refuse: (request: unknown, response: unknown) => void) =>
      refuse(null, { statusCode: 429, headers: { 'retry-after': '7' } }),
    terminate: () => {},
  };
  listenForRefusal(socket as Partial<Socket> as Socket, (refusal) => refusals.push(refusal));
  expect(refusals.map(({ header }) => [header('Retry-After'), header('retry-after'), header('x')])).toEqual([
    ['7', '7', null],
  ]);
});
