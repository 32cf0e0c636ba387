import { meaningOfStatus } from '../../protocol/defaults.ts';
import type { FailedResponse } from '../../protocol/protocol.ts';
import type { Verdict } from '../../protocol/verdict.ts';
import { redact } from '../../token/redact.ts';
import type { Dependencies } from '../dependencies.ts';
import { verdictBy } from './checked-protocol.ts';
import type { Outbox } from './outbox.ts';

/** A response that is no success, and what it means. */
export type Refusal = FailedResponse & Verdict;

/**
 * Reads a response that is no success: its body is parsed if it is JSON, a string otherwise (a proxy's page), `undefined`
 * if there is none; `tokens` are taken out of it. `readError` is the protocol's, `what` names it.
 */
export async function readRefusal(
  response: Response,
  { protocol, clock, report }: Dependencies,
  what: string,
  readError: (response: FailedResponse) => Verdict | undefined,
  tokens: readonly string[] = [],
): Promise<Refusal> {
  const { status, headers } = response;
  const header = (name: string) => headers.get(name);
  const body = parsed(redact(await readText(response), tokens).slice(0, LONGEST_BODY), tokens);
  const failed: FailedResponse = { status, header, body, nowMs: clock.now() };
  const reportFault: Outbox['report'] = (source, failure) => report({ source, failure });
  const verdict = verdictBy(protocol, what, () => readError(failed), reportFault);
  return { ...failed, ...(verdict ?? { meaning: meaningOfStatus(status) }) };
}

/** Whether the same call may succeed later: not what the server refuses for what it is. */
export function isWorthRetrying(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || (status >= 500 && status !== 501 && status !== 505);
}

const LONGEST_BODY = 65_536;

async function readText(response: Response): Promise<string> {
  try {
    return await response.text();
  } catch {
    return '';
  }
}

/** JSON may spell a token with escapes, so its strings are looked at once more. */
function parsed(text: string, tokens: readonly string[]): unknown {
  const clean = (_: string, value: unknown): unknown => {
    if (typeof value === 'string') return redact(value, tokens);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [redact(key, tokens), each]));
  };
  try {
    return JSON.parse(text, clean);
  } catch {
    return text === '' ? undefined : text;
  }
}
