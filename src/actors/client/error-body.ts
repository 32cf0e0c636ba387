import { readServerError, type ServerError } from '../../protocol/frames.ts';
import { retryAfterMs } from '../../protocol/http.ts';

/** The error in the body of a failed call. A body that is none (a proxy's page) leaves the status. */
export async function readErrorBody(response: Response, nowMs: number): Promise<ServerError> {
  const body = await readJson(response);
  const error = typeof body === 'object' && body !== null ? readServerError(body) : null;
  const waitMs = retryAfterMs((name) => response.headers.get(name), nowMs);
  return {
    code: error?.code ?? null,
    statusCode: response.status,
    message: error?.message ?? '',
    fields: error?.fields ?? [],
    retryAfterMs: waitMs > 0 ? waitMs : (error?.retryAfterMs ?? 0),
  };
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return undefined;
  }
}
