import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { createChatClient, type WebSocketClass } from '../../../src/index.node.ts';

/*
 * Node's own WebSocket on a server that never responds to a close. It is run in its own process, which must end.
 */

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** A server that sends one text frame after the handshake, or refuses it, and then neither reads nor writes. */
function deafServer(hello: string | null) {
  let open = 0;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    // Older versions connect once more after a refusal, and send nothing.
    socket.once('data', (request) => {
      open += 1;
      socket.on('close', () => {
        open -= 1;
      });
      if (hello === null) return void socket.write('HTTP/1.1 401 Unauthorized\r\ncontent-length: 9\r\n\r\nbe');
      const key = /sec-websocket-key: (.*)\r/i.exec(String(request))?.[1] ?? '';
      const accept = createHash('sha1').update(`${key}${GUID}`).digest('base64');
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
      );
      socket.write(Buffer.concat([Buffer.from([0x81, hello.length]), Buffer.from(hello)]));
    });
    socket.unref();
  });
  server.unref();
  return { server, open: () => open };
}

async function main(): Promise<void> {
  const outcomes = [
    await live((client) => client.disconnect()),
    await live((client) => client.dispose()),
    await live((client) => client.disconnect(), null),
  ];
  process.stdout.write(JSON.stringify(outcomes));
}

type Ended = Pick<ReturnType<typeof createChatClient>, 'disconnect' | 'dispose'>;

async function live(
  end: (client: Ended) => PromiseLike<{ readonly success: boolean }>,
  hello: string | null = 'hello',
) {
  const { server, open } = deafServer(hello);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const client = createChatClient({
    protocol: { name: 'deaf', connect: () => ({ url: `ws://127.0.0.1:${port}`, decode: () => ({ kind: 'hello' }) }) },
    // Left out, it would be the class of `ws`.
    WebSocket: globalThis.WebSocket as unknown as WebSocketClass,
    timing: { closeTimeoutMs: 50 },
    tokenProvider: () => 'token',
  });
  const login = await client.connectUser({ id: 'alice' }, undefined, { timeoutMs: hello === null ? 100 : 5_000 });
  const ended = await end(client);
  const deadline = Date.now() + 5_000;
  while (open() > 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
  return { login: login.success, ended: ended.success, open: open() };
}

void main();
