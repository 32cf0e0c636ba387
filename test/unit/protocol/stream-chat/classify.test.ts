import { describe, expect, it } from 'vitest';
import { LONGEST_DELAY_MS } from '../../../../src/clock.ts';
import { ERROR_CODES, verdictOf } from '../../../../src/protocol/stream-chat/classify.ts';
import type { ServerError } from '../../../../src/protocol/stream-chat/frames.ts';
import { type Ending, endingByError } from '../../../../src/protocol/verdict.ts';

const pace = { backoffBaseMs: 3_000, backoffCapMs: 30_000 };
const error = (changes: Partial<ServerError>): Ending =>
  endingByError(
    verdictOf({ code: null, statusCode: null, message: '', fields: [], retryAfterMs: 0, ...changes }),
    pace,
  );

describe('verdictOf: the codes of the protocol', () => {
  it.each([
    [40, 'token.refused', 'tokenRejected'],
    [43, 'token.refused', 'tokenRejected'],
    [5, 'token.refused', 'tokenRejected'],
    [41, 'token.notValidNow', 'tokenTooEarly'],
    [42, 'token.notValidNow', 'tokenTooEarly'],
    [2, 'app.refused', 'appRejected'],
    [69, 'app.refused', 'appRejected'],
    [99, 'app.refused', 'appRejected'],
    [17, 'user.refused', 'userRejected'],
    [9, 'socket.lost', 'rateLimited'],
    [71, 'socket.lost', 'serverUnavailable'],
    [3, 'socket.lost', 'serverUnavailable'],
    [23, 'socket.lost', 'serverUnavailable'],
    [-1, 'socket.lost', 'serverUnavailable'],
    [46, 'socket.lost', 'serverUnavailable'],
  ])('%d is %s', (code, kind, failureCode) => {
    expect(error({ code })).toMatchObject({ kind, failure: { code: failureCode, serverCode: code } });
  });

  it('every code of the table is decided, whatever its status says', () => {
    for (const code of Object.keys(ERROR_CODES).map(Number)) {
      expect(error({ code, statusCode: 500 }).kind).toBe(error({ code, statusCode: 401 }).kind);
    }
  });

  it('law 8: an unknown code comes back, paced; 401 asks for another token', () => {
    expect(error({ code: 1234, statusCode: 400 }).kind).toBe('socket.lost');
    expect(error({ code: 1234 }).kind).toBe('socket.lost');
    expect(error({ code: 1234, statusCode: 503 }).failure.code).toBe('serverUnavailable');
    expect(error({ code: 1234, statusCode: 429 }).failure.code).toBe('rateLimited');
    expect(error({ code: 9, message: 'Too many requests' }).failure.message).toBe(
      'The server refuses with error 9: Too many requests.',
    );
    expect(error({ statusCode: 401, message: 'token invalid' }).kind).toBe('token.refused');
  });

  it.each([
    [{ code: 4, fields: ['user_details.name'] }, 'user.refused'],
    [{ code: 4, fields: ['user_id'] }, 'user.refused'],
    [{ code: 4, fields: ['user.image'], message: 'too long' }, 'user.refused'],
    [{ code: 4, message: 'user_details.name is a required field' }, 'user.refused'],
    [{ code: 4, message: 'user.image is too long' }, 'user.refused'],
    [{ code: 4, message: 'the user id contains invalid characters' }, 'user.refused'],
    [{ code: 4, message: 'the username contains invalid characters' }, 'user.refused'],
    [{ code: 4, fields: ['data.color', 'user.name'] }, 'user.refused'],
    [{ code: 4, message: 'the name of the channel is too long' }, 'app.refused'],
    [{ code: 4, fields: ['channel.name', 'members.user_id'] }, 'app.refused'],
    [{ code: 4, fields: ['connection_id'], message: 'user.name is mentioned' }, 'app.refused'],
    [{ code: 4, message: 'The request is not valid' }, 'app.refused'],
    [{ code: 4 }, 'app.refused'],
    [{ code: 6, message: 'A user with this name exists' }, 'user.refused'],
    [{ code: 6, fields: ['name'] }, 'user.refused'],
    [{ code: 6 }, 'app.refused'],
  ] as const)('law 7: %j is %s', (said, kind) => {
    expect(error(said).kind).toBe(kind);
  });

  it('D4: rate limits wait as long as the server asks, and never past what a timer keeps', () => {
    expect(error({ code: 9, retryAfterMs: 7_000 }).retryAfterMs).toBe(7_000);
    expect(error({ code: 9 }).retryAfterMs).toBe(3_000);
    expect(error({ code: 9, retryAfterMs: 1e15 }).retryAfterMs).toBe(LONGEST_DELAY_MS);
    expect(error({ code: 71, retryAfterMs: 5_000 }).retryAfterMs).toBe(5_000);
    expect(error({ code: 71 }).retryAfterMs).toBe(0);
  });

  it('says what the server said, and what it means', () => {
    expect(error({ code: 43, message: 'JWTAuth error' }).failure.message).toBe(
      'The server refuses with error 43 (the signature of the token is wrong): JWTAuth error.',
    );
    expect(error({ code: 9, message: 'Too many requests: slow down' }).failure.message).toBe(
      'The server refuses with error 9: Too many requests: slow down.',
    );
    expect(error({ statusCode: 401, message: 'Who are you? Log in!' }).failure.message).toBe(
      'The server refuses (status 401): Who are you? Log in!',
    );
    expect(error({ message: 'v1.2 is gone' }).failure.message).toBe('The server refuses: v1.2 is gone.');
  });
});
