import { meaningOfClose, meaningOfRefusal } from '../../protocol/defaults.ts';
import {
  type Ending,
  endingByClose,
  endingByFailure,
  endingByRefusal,
  type Progress,
  type Verdict,
} from '../../protocol/verdict.ts';
import { describeCause, textOf } from '../../token/redact.ts';
import type { User } from '../../user.ts';
import type { Dependencies } from '../dependencies.ts';
import { verdictBy } from './checked-protocol.ts';
import { refusalIn } from './platform-socket.ts';
import type { ClientSession } from './session.ts';
import type { SocketEnd } from './single-socket.ts';

/** How far an attempt has come, and with what. */
interface EndedAttempt {
  readonly progress: Progress;
  readonly token: string | null;
  readonly user: User;
  readonly session: ClientSession;
}

/** What the end of a socket means: by the protocol, and by the codes of close and HTTP where it does not say. */
export function endingOf(
  { code, reason, cause, refusal }: SocketEnd,
  { progress, token, user, session }: EndedAttempt,
  dependencies: Dependencies,
): Ending {
  const { protocol, clock, timing } = dependencies;
  const nowMs = clock.now();
  const { text: causeText, cause: described } = describeCause(cause, session.tokens());
  const { name } = Object(described) as Partial<Error>;
  // So all classes refuse an address and subprotocols that are none.
  if (progress === 'opening' && name === 'SyntaxError') {
    const message = `connect() of the protocol ${protocol.name} failed: ${causeText}`;
    return endingByFailure({ code: 'protocolFailed', message });
  }
  // Before a connection is open the reason is the platform's: React Native has the error's text there.
  const response = progress === 'opening' ? (refusal ?? refusalIn(`${textOf(cause)} ${reason}`)) : null;
  const ending =
    response === null
      ? endingByClose(
          // The error of Node's own class has a name alone, which explains nothing.
          { closeCode: code, reason: reason || (cause === undefined || causeText === name ? '' : causeText), progress },
          verdictBy(dependencies, 'closed()', () => protocol.closed?.(code, reason)) ?? meaningOfClose(code),
          timing,
        )
      : endingByRefusal(
          response.status,
          withSizes(
            verdictBy(dependencies, 'refused()', () => protocol.refused?.(response)) ??
              meaningOfRefusal(response, nowMs),
            token?.length ?? 0,
            user,
          ),
          timing,
        );
  const isDoubtful =
    (ending.kind === 'socket.lost' || ending.kind === 'server.ended') &&
    progress !== 'established' &&
    session.holdsExpiredToken(nowMs);
  // A gateway that refuses an expired token seldom says so. Another token is asked for, after the ordinary wait.
  if (!isDoubtful) return ending;
  const message = `${ending.failure.message} The token has expired by this device's clock.`;
  return { ...ending, kind: 'token.notValidNow', failure: { ...ending.failure, message } };
}

/** What is too large is the token or the user: the longer one is named. */
function withSizes(verdict: Verdict, tokenLength: number, user: User): Verdict {
  if (verdict.meaning !== 'tooLarge') return verdict;
  const userLength = JSON.stringify(user).length;
  const explanation =
    tokenLength > userLength
      ? `the token of ${tokenLength} characters is too large`
      : `the user of ${userLength} characters is too large`;
  return { ...verdict, explanation: verdict.explanation ?? explanation };
}
