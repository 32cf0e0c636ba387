import { describe, expectTypeOf, it } from 'vitest';
import { type ErrorCode, failure, type Result, SessionError, success } from '../../../src/errors.ts';

describe('what a call resolves with', () => {
  const result = success({ connectionId: 'c1' }) as Result<{ connectionId: string }>;

  it('holds the value only once `success` was asked', () => {
    // @ts-expect-error no one knows yet whether it succeeded
    result.value;
    if (result.success) expectTypeOf(result.value).toEqualTypeOf<{ connectionId: string }>();
  });

  it('holds an error of one class otherwise, and no value', () => {
    if (result.success) return;
    expectTypeOf(result.error).toEqualTypeOf<SessionError>();
    expectTypeOf(result).not.toHaveProperty('value');
  });

  it('holds its error, or none, before `success` was asked, too', () => {
    const { error } = result;
    expectTypeOf(error).toEqualTypeOf<SessionError | undefined>();
  });

  it('fits where a failure of anything is expected', () => {
    const failed = failure(new SessionError({ code: 'disposed', message: 'Disposed.' }));
    expectTypeOf(failed).toExtend<Result<string>>();
  });
});

describe('the code of an error', () => {
  it('is one of a closed list', () => {
    expectTypeOf<'disposed'>().toExtend<ErrorCode>();
    expectTypeOf<string>().not.toExtend<ErrorCode>();
    // @ts-expect-error not in the list
    new SessionError({ code: 'oops', message: '' });
  });
});
