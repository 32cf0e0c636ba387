import { Aedes, type AedesOptions } from 'aedes';
import { createWebSocketStream, WebSocketServer } from 'ws';

/** The broker of the npm package `aedes`, behind a WebSocket server; closing the server closes both. */
export async function startMqttServer(port: number, options: AedesOptions): Promise<[WebSocketServer, Aedes]> {
  const broker = await Aedes.createBroker(options);
  const server = new WebSocketServer({ port, host: '127.0.0.1', handleProtocols: () => 'mqtt' });
  server.on('connection', (socket, request) => {
    const stream = createWebSocketStream(socket);
    stream.on('error', () => socket.terminate());
    broker.handle(stream, request);
  });
  server.on('close', () => broker.close());
  return [server, broker];
}
