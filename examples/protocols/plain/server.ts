import { jwtVerify } from 'jose';
import { type WebSocket, WebSocketServer } from 'ws';

/** A backend as people write it: the JWT in the first frame, then JSON both ways. Notes go to every user. */
export function startPlainServer(port: number, secret: string, isBanned = (_: string) => false): WebSocketServer {
  const key = new TextEncoder().encode(secret);
  const users = new Map<WebSocket, string>();
  const server = new WebSocketServer({ port, host: '127.0.0.1' });

  async function receive(socket: WebSocket, text: string): Promise<void> {
    const send = (frame: object, to = socket) => to.send(JSON.stringify(frame));
    try {
      const { type, ...fields } = JSON.parse(text);
      const user = users.get(socket);
      if (type === 'ping') send({ type: 'pong' });
      else if (type === 'note' && user !== undefined) {
        for (const each of users.keys()) send({ type, user, text: fields.text }, each);
      } else if (type === 'login') {
        const { payload } = await jwtVerify(fields.token, key);
        const name = String(payload.sub);
        if (isBanned(name)) throw Object.assign(new Error(), { code: 'banned' });
        users.set(socket, name);
        send({ type: 'welcome', user: name, time: Date.now() });
      }
    } catch (error) {
      send({ type: 'refused', reason: Object(error).code });
      socket.close(4401);
    }
  }

  server.on('connection', (socket) => {
    socket.on('message', (data) => void receive(socket, String(data)));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => users.delete(socket));
  });
  return server;
}
