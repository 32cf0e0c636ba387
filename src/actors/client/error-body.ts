import { boundReply, type Clock } from '../../clock.ts';
import { textOf } from '../../text.ts';
import { withoutTokens } from '../../token/redact.ts';
import { LONGEST_TOKEN } from '../../token/validate.ts';

/** In characters. */
const LONGEST_BODY = 65_536;

/** In bytes. What a proxy or a hostile server sends beyond it is not read. */
const MOST_READ = LONGEST_BODY + LONGEST_TOKEN;

/** The status must not wait for a body that does not end. */
const BODY_TIMEOUT_MS = 2_000;

/**
 * The text of a response that is no success, without `tokens`, and cut off where it is too long; empty where it cannot be
 * read, or does not end in time.
 */
export function readErrorBody(response: Response, clock: Clock, tokens: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    let leave = () => {};
    const finish = () => {
      stopTimer();
      leave();
      resolve(text.slice(0, LONGEST_BODY));
    };
    const stopTimer = boundReply(clock, finish, BODY_TIMEOUT_MS);
    const read = async () => {
      // React Native has no stream, and neither has what some apps give as `fetch`.
      if (typeof response.body?.getReader !== 'function') {
        text = withoutTokens(await response.text(), tokens);
        return;
      }
      const reader = response.body.getReader();
      // What is left of it would hold the connection.
      leave = () => void reader.cancel().catch(() => {});
      const bytes = new Uint8Array(MOST_READ);
      for (let length = 0; ; ) {
        const { done, value } = await reader.read();
        const part = value?.subarray(0, MOST_READ - length) ?? [];
        bytes.set(part, length);
        length += part.length;
        if (!done && length < MOST_READ) continue;
        text = withoutTokens(textOf(bytes.subarray(0, length)) ?? '', tokens);
        // Half a token at the end is not recognised as one.
        if (!done) text = text.slice(0, -LONGEST_TOKEN);
        return;
      }
    };
    void read().then(finish, finish);
  });
}
