import type { FailedResponse } from '../../protocol/protocol.ts';
import { redact } from '../../token/redact.ts';

/**
 * A response that is no success, with its body read: parsed if it is JSON, a string otherwise (a proxy's page),
 * `undefined` if there is none. `tokens` are taken out of it.
 */
export async function readFailedResponse(
  response: Response,
  nowMs: number,
  tokens: readonly string[] = [],
): Promise<FailedResponse> {
  const header = (name: string) => response.headers.get(name);
  const body = parsed(redact(await readText(response), tokens));
  // Servers compare their dates with their own clock, which a response shows where the platform lets it be read.
  const serverTimeMs = Date.parse(header('date') ?? '');
  return { status: response.status, header, body, nowMs: Number.isNaN(serverTimeMs) ? nowMs : serverTimeMs };
}

/** Whether the same call may succeed later: not what the server refuses for what it is. */
export function isWorthRetrying(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || (status >= 500 && status !== 501 && status !== 505);
}

const LONGEST_BODY = 65_536;

async function readText(response: Response): Promise<string> {
  try {
    return (await response.text()).slice(0, LONGEST_BODY);
  } catch {
    return '';
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text === '' ? undefined : text;
  }
}
