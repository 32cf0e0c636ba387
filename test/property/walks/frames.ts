import type { Backend } from '../../../src/testing/backend/backend.ts';
import type { BackendSocket } from '../../../src/testing/backend/socket.ts';

export type Frame = 'chat' | 'hello' | 'otherId' | 'html' | 'number';

const OPEN = 1;

/** Sends a frame on every socket that is open, or being closed: what comes on those comes late. */
export function pushFrame(backend: Backend, frame: Frame): void {
  for (const socket of backend.sockets) if (socket.readyState >= OPEN) push(socket, frame);
}

function push(socket: BackendSocket, frame: Frame): void {
  const { userId, authType } = socket.request;
  const owner = authType === 'anonymous' ? '!anon' : userId;
  const hello = { type: 'health.check', cid: '*', me: { id: owner }, created_at: '2030-01-01T00:00:00Z' };
  switch (frame) {
    case 'chat':
      return socket.push({ type: 'message.new', cid: 'messaging:general', owner });
    case 'hello':
      if (socket.readyState === OPEN) socket.hasHello = true;
      return socket.push({ ...hello, connection_id: 'late' });
    case 'otherId':
      if (socket.hasHello) socket.push({ ...hello, connection_id: 'another' });
      return;
    case 'html':
      return socket.push('<html>');
    case 'number':
      return socket.push('7');
  }
}
