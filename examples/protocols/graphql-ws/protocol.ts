import { type CheckToken, type Frame, jsonOf, type Meaning, type Protocol, type WireData } from 'sessionchart';

/** What a client may send once connected: begin an operation, or end it. */
export type GraphQLMessage =
  | {
      readonly type: 'subscribe';
      readonly id: string;
      readonly payload: { readonly query: string; readonly variables?: Readonly<Record<string, unknown>> };
    }
  | { readonly type: 'complete'; readonly id: string };

/**
 * The protocol `graphql-transport-ws`: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md. Results arrive
 * as events: `next`, `error` and `complete`, each with the `id` of its operation.
 */
export function graphqlWs(url: string, checkToken?: CheckToken): Protocol<GraphQLMessage> {
  return {
    name: 'graphql-ws',
    connect: ({ token }) => ({
      url,
      subprotocols: ['graphql-transport-ws'],
      firstFrames: [JSON.stringify({ type: 'connection_init', payload: { token } })],
      decode,
      ping: () => '{"type":"ping"}',
      encode: (message: GraphQLMessage) => JSON.stringify(message),
    }),
    closed: (code) => {
      const meaning = CLOSES[code];
      return meaning && { meaning };
    },
    ...(checkToken !== undefined && { checkToken }),
  };
}

const CLOSES: Readonly<Record<number, Meaning>> = {
  4400: 'unavailable', // Bad request
  4401: 'token', // Unauthorized
  4403: 'token', // Forbidden: what a server closes with whose `onConnect` returns false
  4406: 'app', // Subprotocol not acceptable
  4408: 'lost', // Connection initialisation timeout
  4429: 'rateLimited', // Too many initialisation requests
  4500: 'unavailable', // Internal server error
};

function decode(data: WireData): Frame {
  const message = jsonOf(data);
  switch (message?.type) {
    case 'connection_ack': {
      const user: unknown = Object(message.payload).user;
      return typeof user === 'string' && user !== '' ? { kind: 'hello', userId: user } : { kind: 'hello' };
    }
    case 'ping':
      return { kind: 'ping', reply: '{"type":"pong"}' };
    case 'pong':
      return { kind: 'heartbeat' };
    case 'next':
    case 'error':
    case 'complete':
      return { kind: 'event', event: message };
    default:
      return { kind: 'bad', problem: 'it is no message of graphql-transport-ws' };
  }
}
