import { jwtVerify } from 'jose';
import { type WebSocket, WebSocketServer } from 'ws';

/** A backend as people write it: the JWT in the first frame, then JSON both ways. Notes go to every user. */
export function startPlainServer(
  port: number,
  secret: string,
  isBanned: (user: string) => boolean = () => false,
): WebSocketServer {
  const server = new WebSocketServer({ port, host: '127.0.0.1' });
  const users = new Map<WebSocket, string>();

  server.on('connection', (socket) => {
    socket.on('error', () => socket.terminate());
    socket.on('message', async (data) => {
      const frame = parse(String(data));
      const user = users.get(socket);
      if (frame?.type === 'ping') send(socket, { type: 'pong' });
      else if (user === undefined) await login(socket, frame);
      else if (frame?.type === 'note') broadcast({ type: 'note', user, text: String(frame.text) });
    });
    socket.on('close', () => users.delete(socket));
  });

  async function login(socket: WebSocket, frame: Record<string, unknown> | null): Promise<void> {
    try {
      const { payload } = await jwtVerify(String(frame?.token), new TextEncoder().encode(secret));
      const user = String(payload.sub);
      if (isBanned(user)) return refuse(socket, 'banned');
      users.set(socket, user);
      send(socket, { type: 'welcome', user, connection: crypto.randomUUID(), time: Date.now() });
    } catch (error) {
      refuse(socket, String(Object(error).code));
    }
  }

  function refuse(socket: WebSocket, reason: string): void {
    send(socket, { type: 'refused', reason });
    socket.close(4401);
  }

  function broadcast(event: object): void {
    for (const socket of users.keys()) send(socket, event);
  }

  return server;
}

function send(socket: WebSocket, frame: object): void {
  socket.send(JSON.stringify(frame));
}

function parse(text: string): Record<string, unknown> | null {
  try {
    return Object(JSON.parse(text));
  } catch {
    return null;
  }
}
