import { notSupported } from '../../errors.ts';
import { isInstance } from '../../input.ts';
import type { FailedResponse } from '../../protocol/protocol.ts';
import { ADDRESS, GUEST } from '../../protocol/shapes.ts';
import { endingByError } from '../../protocol/verdict.ts';
import { validateToken } from '../../token/load-token.ts';
import { describeCause, withoutToken } from '../../token/redact.ts';
import { noToken, type TokenFailure, type TokenResult } from '../../token/token-result.ts';
import { copyUser, type Identity, type User } from '../../user.ts';
import type { Dependencies, Guests } from '../dependencies.ts';
import { callMember, ProtocolFault } from './checked-protocol.ts';
import { fetchResponse, isSuccess, readRefusal } from './failed-response.ts';

export const guests: Guests = { create };

async function create(identity: Identity, dependencies: Dependencies, signal: AbortSignal): Promise<TokenResult> {
  const { protocol, timing } = dependencies;
  const { guests, name } = protocol;
  if (guests === undefined) return { ok: false, permanent: true, failure: notSupported(protocol, 'guests') };
  try {
    const create = () => guests.create(requestedUser(identity));
    const { url, headers, body } = callMember(name, 'guests.create()', create, ADDRESS);
    const response = await fetchResponse(dependencies, url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: callMember(name, 'guests.create()', () => JSON.stringify(body)),
      signal,
    });
    if (!isSuccess(response)) {
      const readError = (failed: FailedResponse) => guests.readError?.(failed);
      const refusal = await readRefusal(response, dependencies, 'guests.readError()', readError, signal);
      const { kind, failure } = endingByError(refusal, timing, { status: refusal.status || undefined });
      return { ok: false, permanent: kind === 'app.refused' || kind === 'user.refused', failure };
    }
    const answer: unknown = await response.json();
    const created = callMember(name, 'guests.read()', () => guests.read(answer), GUEST);
    const user = copyUser(created?.user);
    if (created === undefined || user === null) return failed('the response has no user and token.');
    const check = validateToken(created.token, user, protocol.checkToken?.bind(protocol));
    return check.ok ? { ...check, user: withoutToken(user, created.token) } : check;
  } catch (error) {
    if (isInstance(error, ProtocolFault)) return noToken('protocolFailed', error.message, error.cause);
    const { text, cause } = describeCause(error);
    return failed(text, cause);
  }
}

/** A guest that the server made before is asked for by the id that was requested, without what the server added. */
function requestedUser({ id, user }: Identity): User {
  return user.id === id ? user : { id, name: user.name, image: user.image };
}

function failed(why: string, cause?: unknown): TokenFailure {
  return noToken('tokenUnavailable', `The guest could not be created: ${why}`, cause);
}
