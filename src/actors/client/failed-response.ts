import type { FailedResponse } from '../../protocol/protocol.ts';

/** A response that is no success, with its body read. A body that is no JSON (a proxy's page) is `undefined`. */
export async function readFailedResponse(response: Response, nowMs: number): Promise<FailedResponse> {
  const body = await readJson(response);
  return { status: response.status, header: (name) => response.headers.get(name), body, nowMs };
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return undefined;
  }
}
