import { describe, expect, it } from 'vitest';
import { CLOSE_CODES, meaningOfClose, meaningOfRefusal } from '../../../src/protocol/defaults.ts';
import { endingByClose, endingByError, endingByRefusal, type Progress } from '../../../src/protocol/verdict.ts';

const pace = { backoffBaseMs: 3_000, backoffCapMs: 30_000 };
const close = (closeCode: number, reason = '', progress: Progress = 'established') =>
  endingByClose({ closeCode, reason, progress }, meaningOfClose(closeCode), pace);

describe('a close, by default', () => {
  it('D7, D16: 1000 means not to come back', () => {
    expect(close(1000)).toMatchObject({ kind: 'server.ended', failure: { code: 'endedByServer', closeCode: 1000 } });
    expect(close(1000).failure.message).toContain('for good');
  });

  it.each([1001, 1005, 1006, 1008, 1011, 1015, 3000, 4999])('%d means to come back', (code) => {
    expect(close(code)).toMatchObject({
      kind: 'socket.lost',
      retryAfterMs: 0,
      failure: { code: 'connectionLost', closeCode: code },
    });
  });

  it('D1: restarts and overload are a floor, overload the higher one', () => {
    expect(close(1012)).toMatchObject({ retryAfterMs: 1_000, failure: { code: 'serverUnavailable' } });
    expect(close(1013)).toMatchObject({ retryAfterMs: 3_000, failure: { code: 'serverUnavailable' } });
  });

  it('D12: a message that was too big once will be again, so it comes back seldom', () => {
    expect(close(1009)).toMatchObject({ kind: 'socket.lost', retryAfterMs: 30_000 });
  });

  it('names how far the connection had come', () => {
    expect(close(1006, '', 'opening').failure).toMatchObject({ code: 'connectionRefused' });
    expect(close(1006, '', 'open').failure.message).toContain('before the server said hello');
    expect(close(1011, 'out of memory').failure.message).toContain('out of memory');
  });

  it('only 1000 ends a session', () => {
    const ending = Object.keys(CLOSE_CODES)
      .map(Number)
      .filter((code) => close(code).kind !== 'socket.lost');
    expect(ending).toEqual([1000]);
  });
});

it('an error that means to come back is a connection that was lost, not one that was refused', () => {
  expect(endingByError({ meaning: 'lost' }, pace).failure).toMatchObject({
    code: 'connectionLost',
    message: 'The server refuses.',
  });
});

describe('a refused upgrade, by default', () => {
  const refuse = (status: number, headers: Readonly<Record<string, string>> = {}) => {
    const response = { status, header: (name: string) => headers[name] ?? null };
    return endingByRefusal(status, meaningOfRefusal(response, 0), pace);
  };

  it.each([
    [401, 'token.refused', 'tokenRejected'],
    [403, 'token.notValidNow', 'connectionRefused'],
    [413, 'app.refused', 'loginTooLarge'],
    [414, 'app.refused', 'loginTooLarge'],
    [431, 'app.refused', 'loginTooLarge'],
    [429, 'socket.lost', 'rateLimited'],
    [503, 'socket.lost', 'serverUnavailable'],
    [500, 'socket.lost', 'serverUnavailable'],
    [502, 'socket.lost', 'serverUnavailable'],
    [404, 'socket.lost', 'connectionRefused'],
    [200, 'socket.lost', 'connectionRefused'],
  ])('%d is %s, and the message names it', (status, kind, code) => {
    expect(refuse(status)).toMatchObject({ kind, failure: { code } });
    expect(refuse(status).failure.message).toContain(`The server refused the upgrade with ${status}`);
  });

  it('Retry-After is honoured', () => {
    expect(refuse(503, { 'retry-after': '7' }).retryAfterMs).toBe(7_000);
    expect(refuse(429, { 'retry-after': '7' }).retryAfterMs).toBe(7_000);
    expect(refuse(429).retryAfterMs).toBe(3_000);
  });

  it('law 10: the failure holds what the server asked for, and not what the session adds to it', () => {
    expect(refuse(429, { 'retry-after': '7' }).failure).toMatchObject({ status: 429, retryAfterMs: 7_000 });
    expect(refuse(429).failure.retryAfterMs).toBeUndefined();
    expect(close(1013).failure.retryAfterMs).toBeUndefined();
  });
});
