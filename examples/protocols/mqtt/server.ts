import { Aedes } from 'aedes';
import { createWebSocketStream, WebSocketServer } from 'ws';

/** The broker of the npm package `aedes`, which speaks MQTT 3.1.1. `isToken` says whether a password is the user's token. */
export async function startMqttServer(
  port: number,
  isToken: (user: string, password: string) => boolean,
): Promise<WebSocketServer> {
  const broker = await Aedes.createBroker({
    authenticate: (_, user = '', password, done) => done(null, isToken(user, String(password))),
  });
  const server = new WebSocketServer({ port, host: '127.0.0.1', handleProtocols: () => 'mqtt' });
  server.on('connection', (socket, request) => {
    const stream = createWebSocketStream(socket);
    stream.on('error', () => socket.terminate());
    broker.handle(stream, request);
  });
  server.on('close', () => broker.close());
  return server;
}
