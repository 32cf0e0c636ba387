// What looks on at a session, for the cost of looking: an inspector that keeps nothing, and a journal.
import { recordJournal } from 'sessionchart';

export const inspect = (connect, port) => connect(port, { inspect: () => {} });

export async function journal(connect, port) {
  const session = await connect(port);
  return { ...session, recorder: recordJournal(session.client) };
}
