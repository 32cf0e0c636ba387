import { createActor } from 'xstate';
import { sessionMachine } from '../../../src/machines/session.ts';
import type { SessionContext, SessionEvent } from '../../../src/machines/types.ts';
import { DEFAULT_INPUT } from '../../../src/testing/paths.ts';

/* Prints which parts of the context are in dictionary mode somewhere on a life. Needs `--allow-natives-syntax`. */

/** Natives syntax is no TypeScript, and is read when it is called. */
const isFast = new Function('value', 'return %HasFastProperties(value)') as (value: object) => boolean;

const identity = { kind: 'user', id: 'alice', user: { id: 'alice' } } as const;
const failure = { code: 'connectionLost', message: 'The socket was closed.' } as const;

function main(): void {
  const actor = createActor(sessionMachine, { input: DEFAULT_INPUT });
  const slow: string[] = [];
  let steps = 0;
  const look = (where: string) => {
    steps += 1;
    const { context } = actor.getSnapshot();
    for (const [name, part] of Object.entries({ context, ...groupsOf(context) })) {
      if (!isFast(part)) slow.push(`${name} after ${where}`);
    }
  };
  actor.subscribe(() => {});
  actor.start();
  const { context } = actor.getSnapshot();
  const tell = (...events: ((context: SessionContext) => SessionEvent)[]) => {
    for (const event of events) {
      const sent = event(actor.getSnapshot().context);
      actor.send(sent);
      look(sent.type);
    }
  };
  tell(
    () => ({ type: 'client.started' }),
    () => ({ type: 'persistence.started' }),
    ({ storage }) => ({ type: 'user.missing', attempt: storage.attempt }),
    () => ({ type: 'session.connect', call: 1, identity, sourceKey: 1, online: true, foreground: true }),
    ({ attempt }) => ({ type: 'token.loaded', attempt }),
    ({ attempt }) => ({ type: 'hello.received', attempt, connectionId: 'c1' }),
    ({ storage }) => ({ type: 'user.saved', attempt: storage.attempt }),
    () => ({ type: 'connection.becameStable' }),
    () => ({ type: 'network.wentOffline' }),
    ({ attempt }) => ({ type: 'probe.passed', attempt, byFrame: true }),
    ({ attempt }) => ({ type: 'token.refused', attempt, renewable: true, failure }),
    ({ attempt }) => ({ type: 'token.loaded', attempt }),
    ({ attempt }) => ({ type: 'socket.lost', attempt, failure, retryAfterMs: 0 }),
    () => ({ type: 'network.cameOnline' }),
    () => ({ type: 'session.suspend' }),
    () => ({ type: 'session.resume' }),
    () => ({ type: 'retry.due' }),
    ({ attempt }) => ({ type: 'hello.received', attempt, connectionId: 'c2' }),
    () => ({ type: 'session.disconnect', forgetUser: true }),
    ({ storage }) => ({ type: 'user.cleared', attempt: storage.attempt }),
    ({ attempt }) => ({ type: 'socket.closed', attempt }),
  );
  if (actor.getSnapshot().value !== 'loggedOut')
    slow.push(`the life ends in ${JSON.stringify(actor.getSnapshot().value)}`);
  process.stdout.write(JSON.stringify({ steps, fields: Object.keys(context).length, slow }));
}

const groupsOf = ({ login, pacing, storage, device }: SessionContext) => ({ login, pacing, storage, device });

main();
