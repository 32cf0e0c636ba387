import type { ApiError } from './error-codes.ts';
import type { OddFrame } from './fault-types.ts';
import { fieldsOf, parseJson } from './json.ts';
import type { StoredUser } from './types.ts';

/** The first frame: a `health.check` with `me`. */
export function helloFrame(connectionId: string, user: StoredUser, at: string): string {
  return JSON.stringify({
    type: 'health.check',
    connection_id: connectionId,
    cid: '*',
    me: {
      ...user,
      last_active: at,
      banned: false,
      online: true,
      invisible: false,
      devices: [],
      mutes: [],
      channel_mutes: [],
      unread_count: 0,
      total_unread_count: 0,
      unread_channels: 0,
      language: '',
    },
    created_at: at,
  });
}

/** The response to a health check: no `me`. */
export function healthFrame(connectionId: string, at: string): string {
  return JSON.stringify({ type: 'health.check', connection_id: connectionId, cid: '*', created_at: at });
}

/** `{"error":{…}}`, or an event that holds it. */
export type ErrorForm = 'error' | 'connection.error';

export function errorFrame(error: ApiError, as: ErrorForm, connectionId: string, at: string): string {
  const body = error.toBody();
  if (as === 'error') return JSON.stringify({ error: body });
  return JSON.stringify({ type: 'connection.error', connection_id: connectionId, created_at: at, error: body });
}

export function oddFrame(frame: OddFrame): string | Buffer {
  switch (frame.kind) {
    case 'text':
      return frame.text;
    case 'json':
      return JSON.stringify(frame.value) ?? 'null';
    case 'binary':
      return Buffer.alloc(frame.bytes, 0xff);
    case 'huge':
      return JSON.stringify({ type: 'dev.huge', filler: 'x'.repeat(Math.max(0, frame.bytes - 32)) });
  }
}

/** Whether a client's frame is a health check: stream-chat-js sends an array of one, others the object itself. */
export function isHealthCheck(text: string): boolean {
  const [frame] = [parseJson(text)].flat();
  return fieldsOf(frame).type === 'health.check';
}
