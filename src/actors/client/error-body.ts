import { boundReply, type Clock } from '../../clock.ts';

/** In characters. What a proxy or a hostile server sends beyond it is not read. */
export const LONGEST_BODY = 65_536;

/** The status must not wait for a body that does not end. */
const BODY_TIMEOUT_MS = 2_000;

/** The text of a response that is no success, or what came of it in time; empty where it cannot be read. */
export function readErrorBody(response: Response, clock: Clock): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    let leave = () => {};
    const finish = () => {
      stopTimer();
      leave();
      resolve(text);
    };
    const stopTimer = boundReply(clock, finish, BODY_TIMEOUT_MS);
    const read = async () => {
      // React Native has no stream, and neither has what some apps give as `fetch`.
      if (typeof response.body?.getReader !== 'function') {
        text = await response.text();
        return;
      }
      const reader = response.body.getReader();
      // What is left of it would hold the connection.
      leave = () => void reader.cancel().catch(() => {});
      const decoder = new TextDecoder();
      while (text.length < LONGEST_BODY) {
        const { done, value } = await reader.read();
        text += decoder.decode(value, { stream: !done });
        if (done) return;
      }
    };
    void read().then(finish, finish);
  });
}
