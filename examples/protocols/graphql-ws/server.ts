import { buildSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';

const schema = buildSchema(`
  type Query { hello: String! }
  type Subscription { count(to: Int!): Int! }
`);

const roots = {
  query: { hello: () => 'world' },
  subscription: {
    async *count({ to }: { readonly to: number }) {
      for (let number = 1; number <= to; number += 1) yield { count: number };
    },
  },
};

/** The server of the npm package `graphql-ws`. `userOf` returns the user of a token, or `null` for a bad one. */
export function startGraphQLServer(port: number, userOf: (token: unknown) => string | null): WebSocketServer {
  const server = new WebSocketServer({ port, host: '127.0.0.1' });
  // biome-ignore lint/correctness/useHookAtTopLevel: it is no hook of React
  useServer(
    {
      schema,
      roots,
      onConnect: ({ connectionParams }) => {
        const user = userOf(connectionParams?.token);
        return user === null ? false : { user };
      },
    },
    server,
  );
  return server;
}
