import type { SessionError } from './errors.ts';

/** What every call of this library resolves to. It is a value, never a rejection (law 3). */
export type Result<Value> = Success<Value> | Failure;

export interface Success<Value> {
  readonly success: true;
  readonly value: Value;
}

export interface Failure {
  readonly success: false;
  readonly error: SessionError;
}

export function success<Value>(value: Value): Success<Value> {
  return { success: true, value };
}

export function failure(error: SessionError): Failure {
  return { success: false, error };
}
