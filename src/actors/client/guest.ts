import * as z from 'zod/mini';
import { classifyError } from '../../protocol/classify.ts';
import { guestUrl } from '../../protocol/http.ts';
import type { TokenResult } from '../../token/load-token.ts';
import { describeCause } from '../../token/redact.ts';
import { validateToken } from '../../token/validate.ts';
import { frozenCopy, type Identity, type User } from '../../user.ts';
import type { Dependencies } from '../dependencies.ts';
import { readErrorBody } from './error-body.ts';

const created = z.object({
  user: z.looseObject({ id: z.string().check(z.minLength(1)) }),
  access_token: z.string(),
});

/** Creates a guest at the server, which chooses their id and gives their token. */
export async function createGuest(
  identity: Identity,
  dependencies: Dependencies,
  signal: AbortSignal,
): Promise<TokenResult> {
  const { baseUrl, apiKey, clientName, clock, timing, fetch } = dependencies;
  try {
    const response = await fetch(guestUrl(baseUrl, apiKey), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'stream-auth-type': 'anonymous',
        'x-stream-client': clientName,
      },
      body: JSON.stringify({ user: wishedUser(identity) }),
      signal,
    });
    if (!response.ok) {
      const { kind, failure } = classifyError(await readErrorBody(response, clock.now()), timing);
      return { ok: false, permanent: kind === 'app.refused' || kind === 'user.refused', failure };
    }
    const answer = created.safeParse(await response.json());
    if (!answer.success) return failed('the server answered without a user and a token.');
    const { user, access_token } = answer.data;
    const check = validateToken(access_token, user.id);
    return check.ok
      ? { ...check, user: frozenCopy(user) as User }
      : { ok: false, permanent: false, failure: check.failure };
  } catch (error) {
    const { text, cause } = describeCause(error);
    return { ...failed(text), cause };
  }
}

/** A guest that the server made before is asked for by the id that was wished, without what the server added. */
function wishedUser({ id, user }: Identity): User {
  if (user.id === id) return user;
  const { name, image } = user;
  return { id, ...(name !== undefined && { name }), ...(image !== undefined && { image }) };
}

function failed(why: string): Extract<TokenResult, { readonly ok: false }> {
  const failure = { code: 'tokenUnavailable', message: `The guest could not be created: ${why}` } as const;
  return { ok: false, permanent: false, failure };
}
