import { type IncomingHttpHeaders, request } from 'node:http';
import { connect as connectTcp, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { identifyCaller } from '../../../src/tools/access/callers.ts';
import { reportDenials } from '../../../src/tools/cli/serve.ts';
import { type DevServer, type DevServerEvent, startDevServer } from '../../../src/tools/devserver/index.ts';
import { connect } from './clients.ts';

/*
 * The server hands out tokens for every user. Each page that is open in the developer's browser can reach it, so it
 * serves programs and the pages that were named, and no other page.
 */

const APP = 'http://localhost:5173';

let server: DevServer;
const denied: DevServerEvent[] = [];
beforeAll(async () => {
  server = await startDevServer({ allowedOrigins: [APP, 'https://example', 'http://127.0.0.1:*'] });
  server.on((event) => event.type === 'accessDenied' && denied.push(event));
});
afterAll(() => server.close());

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** A request as a browser makes it: with headers that `fetch` does not let a program set. */
function ask(
  path: string,
  headers: Readonly<Record<string, string>> = {},
  { method = 'GET', body }: { readonly method?: string; readonly body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(server.url, { path, method, headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

/** The status of a WebSocket's upgrade: 101 when it opened. */
function upgrade(headers: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/connect`, { headers });
    socket.on('error', () => undefined);
    socket.once('open', () => resolve(101));
    socket.once('unexpected-response', (_, response) => resolve(response.statusCode ?? 0));
    onTestFinished(() => socket.terminate());
  });
}

const FOREIGN = [
  ['another page of this machine', { origin: 'http://localhost:5174' }],
  ['a page elsewhere', { origin: 'https://evil.example' }],
  ['the allowed host by another scheme', { origin: 'https://localhost:5173' }],
  ['a name that only begins like an allowed one', { origin: 'http://localhost:5173.evil.example' }],
  ['a name with a port wildcard in front', { origin: 'http://127.0.0.1:80.evil.example' }],
  ['a page without an origin', { origin: 'null' }],
  ['an invalid origin', { origin: 'http://[' }],
  ['an origin in another spelling', { origin: 'http://127.0.0.1:5173/' }],
  ['a script tag of another site', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }],
  ['an image of another port', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' }],
] as const;

describe('a page that is not allowed', () => {
  it.each(FOREIGN)('%s gets no token, no state, no fault, no API, no socket', async (_, headers) => {
    for (const path of ['/dev/token?user_id=admin', '/dev/state', '/dev/faults', '/hi', '/nowhere']) {
      const { status, headers: answered, text } = await ask(path, headers);
      expect([path, status]).toEqual([path, 403]);
      expect(answered['access-control-allow-origin']).toBeUndefined();
      expect(text).not.toContain('token"');
    }
    const fault = { method: 'POST', body: '{"type":"withholdHello"}' };
    for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded']) {
      expect(await ask('/dev/faults', { ...headers, 'content-type': type }, fault)).toMatchObject({ status: 403 });
    }
    const guest = { method: 'POST', body: '{"user":{"id":"g"}}' };
    expect(await ask(`/guest?api_key=${server.apiKey}`, headers, guest)).toMatchObject({ status: 403 });
    expect(await ask('/dev/token', headers, { method: 'OPTIONS' })).toMatchObject({ status: 403 });
    expect(await upgrade(headers)).toBe(403);
    expect(server.faults.list()).toEqual([]);
    expect(server.counts()).toMatchObject({ opened: 0, upgradesRefused: 0, tokenCalls: 0, httpCalls: 0 });
  });

  it('is reported, so that a developer sees what to allow', async () => {
    denied.length = 0;
    await ask('/dev/token?user_id=alice', { origin: 'http://localhost:5174' });
    expect(denied).toEqual([{ type: 'accessDenied', userId: null, reason: 'origin', value: 'http://localhost:5174' }]);
  });
});

describe('the command line says how to allow', () => {
  function reported(reason: 'origin' | 'host', value: string, hasOptions = true): string {
    const lines: string[] = [];
    reportDenials((line) => lines.push(line), hasOptions)({ type: 'accessDenied', userId: null, reason, value });
    return lines.join();
  }

  it.each([
    ['capacitor://localhost', ' To allow it: --allow-origin capacitor://localhost'],
    ['http://[', ''],
  ])('the page %s only if that is possible', (value, hint) => {
    expect(reported('origin', value)).toBe(`Refused a page of ${value}.${hint}\n`);
    expect(reported('origin', value, false)).toBe(`Refused a page of ${value}.\n`);
  });

  it('once for each that tries, and for a hundred at most', () => {
    const lines: string[] = [];
    const report = reportDenials((line) => lines.push(line), true);
    report({ type: 'httpCall', userId: null, method: 'GET', path: '/' });
    expect(lines).toEqual([]);
    for (let index = 0; index < 150; index += 1) {
      for (const value of ['', `http://${'x'.repeat(1_000)}`, `http://${index}.example`]) {
        report({ type: 'accessDenied', userId: null, reason: 'origin', value });
      }
    }
    expect(lines).toHaveLength(100);
    expect(lines[0]).toBe('Refused a page that sent no origin.\n');
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(500);
  });

  it.each([
    ['mymac.local:8787', ' To allow it: --allow-host mymac.local'],
    ['abc.tunnel.example', ' To allow it: --allow-host abc.tunnel.example'],
    ['localhost:9:9', ''],
    ['', ''],
  ])('the name %s only if that is possible', (value, hint) => {
    const refused = `Refused a request for the host ${value}: it is not a name of this server.`;
    expect(reported('host', value)).toBe(`${refused}${hint}\n`);
    expect(reported('host', value, false)).toBe(`${refused}\n`);
  });
});

describe('a foreign name that DNS points here', () => {
  it.each([
    ['another name', (port: number) => `evil.example:${port}`],
    ['a name that begins like this one', (port: number) => `localhost.evil.example:${port}`],
    ['a name that ends like this one', (port: number) => `evil-localhost:${port}`],
    ['an address elsewhere', (port: number) => `10.1.2.3:${port}`],
    ['no port', () => 'localhost'],
    ['another port', () => 'localhost:1'],
    ['a user in front', (port: number) => `localhost@evil.example:${port}`],
    ['a user behind the port', (port: number) => `localhost:${port}@evil.example`],
    ['a dot at the end', (port: number) => `localhost.:${port}`],
    ['a number as address', (port: number) => `2130706433:${port}`],
    ['a short address', (port: number) => `127.1:${port}`],
    ['an address in another family', (port: number) => `[::ffff:127.0.0.1]:${port}`],
    ['an address with a zone', (port: number) => `[::1%25lo]:${port}`],
  ])('%s is refused, with its own origin or none', async (_, nameOf) => {
    const host = nameOf(server.port);
    denied.length = 0;
    for (const headers of [{ host }, { host, origin: `http://${host}` }] as Record<string, string>[]) {
      expect(await ask('/dev/token?user_id=admin', headers)).toMatchObject({ status: 403 });
      expect(await upgrade(headers)).toBe(403);
    }
    expect(denied).toHaveLength(4);
    expect(denied[0]).toMatchObject({ reason: 'host', value: host });
  });

  it.each(['127.0.0.1', 'localhost', 'LOCALHOST', '[::1]'])('%s is a name of this machine', async (name) => {
    const host = `${name}:${server.port}`;
    expect(await ask('/dev/state', { host })).toMatchObject({ status: 200 });
    expect(await ask('/dev/state', { host, origin: `http://${host}` })).toMatchObject({ status: 200 });
  });

  it('a name that was allowed may be used at any port, and no other name', async () => {
    await using open = await startDevServer({ allowedHosts: ['MyMac.local', '.tunnel.example', 'bücher.local'] });
    const statusFor = async (host: string, origin?: string) => {
      const socket = connectTcp(open.port, '127.0.0.1');
      const lines = [
        `GET /dev/state HTTP/1.1`,
        `Host: ${host}`,
        ...(origin === undefined ? [] : [`Origin: ${origin}`]),
      ];
      socket.write(`${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`);
      return (await readAll(socket)).split(' ')[1];
    };
    const allowed = [`mymac.local:${open.port}`, 'MYMAC.LOCAL', 'a.tunnel.example', 'tunnel.example:443'];
    for (const host of [...allowed, 'xn--bcher-kva.local', `localhost:${open.port}`]) {
      expect([host, await statusFor(host)]).toEqual([host, '200']);
    }
    const refused = ['local', 'x.mymac.local', 'mymac.local.evil.example', 'mymac.local:8787:9', 'eviltunnel.example'];
    for (const host of [...refused, 'mymac.local@evil.example', '', 'localhost']) {
      expect([host, await statusFor(host)]).toEqual([host, '403']);
    }
    // The page of another site is refused there, too.
    expect(await statusFor('mymac.local', 'https://evil.example')).toBe('403');
  });

  it.each(['', '.', 'http://mymac.local', 'mymac.local:8787', '*', '*.local', 'my mac', 'a/b', 'a@b', '[::1]'])(
    '%j is no name that can be allowed',
    async (name) => {
      await expect(startDevServer({ allowedHosts: [name] })).rejects.toThrow(/^startDevServer: allowedHosts: /);
    },
  );

  it('any address is its own once it is bound to more than the loopback interface', async () => {
    await using open = await startDevServer({ host: '0.0.0.0' });
    const statusFor = async (name: string) => {
      const socket = connectTcp(open.port, '127.0.0.1');
      socket.write(`GET /dev/state HTTP/1.1\r\nHost: ${name}:${open.port}\r\nConnection: close\r\n\r\n`);
      return (await readAll(socket)).split(' ')[1];
    };
    expect(await statusFor('192.168.1.7')).toBe('200');
    expect(await statusFor('[fe80::1]')).toBe('200');
    expect(await statusFor('evil.example')).toBe('403');
  });
});

it.each([
  ['mymac.local:8787', 'program'],
  ['MYMAC.local:8787', 'program'],
  ['other.local:8787', 'foreignName'],
])('a server that is bound to MyMac.local takes a request to %s for that of a %s', (host, caller) => {
  expect(identifyCaller({ host }, { host: 'MyMac.local', port: 8787 }, [])).toBe(caller);
});

describe('a program, and a page that is allowed', () => {
  it('a page without an origin may use it where `null` is allowed', async () => {
    await using open = await startDevServer({ allowedOrigins: ['null'] });
    const response = await fetch(`${open.url}/dev/state`, { headers: { Origin: 'null' } });
    expect(response.status).toBe(200);
    expect(response.headers.get('access-control-allow-origin')).toBe('null');
  });

  it.each(['capacitor://localhost', 'tauri://localhost', 'chrome-extension://abcdefgh', 'file://'])(
    'a web view or an extension may use it where %s is allowed, and no other',
    async (origin) => {
      await using open = await startDevServer({ allowedOrigins: [origin] });
      const statusFor = async (Origin: string) =>
        (await fetch(`${open.url}/dev/state`, { headers: { Origin } })).status;
      expect(await statusFor(origin)).toBe(200);
      for (const other of ['capacitor://evil', 'null', 'http://localhost']) expect(await statusFor(other)).toBe(403);
      expect(await ask('/dev/state', { origin })).toMatchObject({ status: 403 });
    },
  );

  it.each([
    ['a program', {}],
    ['an address that a person typed', { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }],
    ['the app', { origin: APP, 'sec-fetch-site': 'same-site' }],
    ['the page of a proxy in front of it', { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }],
    ['a page elsewhere that was named', { origin: 'https://example' }],
    ['any port of a host that was named with a wildcard', { origin: 'http://127.0.0.1:65000' }],
  ])('%s uses everything', async (_, headers) => {
    expect(await ask('/dev/token?user_id=alice', headers)).toMatchObject({ status: 200 });
    const json = { ...headers, 'content-type': 'application/json' };
    const caused = await ask('/dev/faults', json, { method: 'POST', body: '{"type":"dropSockets"}' });
    expect(caused).toMatchObject({ status: 201 });
    expect(caused.headers['access-control-allow-origin']).toBe('origin' in headers ? headers.origin : undefined);
    expect(await upgrade(headers)).toBe(101);
  });

  it.each([
    ['a form', 'application/x-www-form-urlencoded'],
    ['plain text', 'text/plain'],
    ['a form with files', 'multipart/form-data; boundary=x'],
    ['a type that only mentions JSON', 'text/plain; application/json'],
  ])('no fault is taken from %s, which a page may post without asking', async (_, type) => {
    const posted = await ask('/dev/faults', { 'content-type': type }, { method: 'POST', body: '{"type":"goSilent"}' });
    expect(posted.status).toBe(415);
    expect(posted.text).toContain('curl --json');
  });

  it.each([
    ['not an origin', 'notanorigin'],
    ['a path', 'http://localhost:5173/app'],
    ['every origin', '*'],
    ['every host', 'http://*:5173'],
    ['every subdomain', 'https://*.example'],
    ['another scheme', 'ftp://localhost'],
    ['the scheme of a socket', 'ws://localhost'],
    ['a file', 'file:///'],
    ['every app', 'capacitor://*'],
    ['a user', 'http://me@localhost'],
  ])('%s cannot be allowed', async (_, origin) => {
    await expect(startDevServer({ allowedOrigins: [origin] })).rejects.toThrow(
      `startDevServer: allowedOrigins: ${origin} is not an origin`,
    );
  });
});

describe('odd requests', () => {
  it.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s gets no token', async (method) => {
    expect((await ask('/dev/token?user_id=admin', {}, { method })).text).not.toContain('eyJ');
  });

  it.each([
    'http://evil.example/dev/state',
    '*',
    '//dev/state',
    '/%64ev/state',
    '/\\dev\\state',
    '/DEV/state',
    '/dev/state/',
  ])('the target %s is no way to the state', async (target) => {
    expect((await sendRaw(`GET ${target} HTTP/1.1\r\nHost: localhost:${server.port}\r\n\r\n`)).slice(9, 12)).toMatch(
      /^40/,
    );
  });

  it('each request on a connection is judged by itself', async () => {
    const own = `GET /hi HTTP/1.1\r\nHost: localhost:${server.port}\r\n\r\n`;
    const foreign = 'GET /dev/token?user_id=admin HTTP/1.1\r\nHost: evil.example\r\n\r\n';
    const responses = await sendRaw(own + foreign, 2);
    expect([...responses.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(['200', '403']);
  });

  it('a second length, host or origin is no way in', async () => {
    const host = `Host: localhost:${server.port}\r\n`;
    const get = 'GET /dev/token?user_id=admin HTTP/1.1\r\n';
    for (const headers of [
      `${host}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      `Host: evil.example\r\n${host}\r\n`,
      `${host}Origin: http://localhost:${server.port}\r\nOrigin: http://evil.example\r\n\r\n`,
      '\r\n',
    ]) {
      expect(await sendRaw(get + headers)).not.toContain('eyJ');
    }
  });
});

/** Sends bytes as they are, and returns what comes back until that many responses have arrived. */
async function sendRaw(text: string, responses = 1): Promise<string> {
  const socket = connectTcp({ port: server.port, host: '127.0.0.1' });
  onTestFinished(() => void socket.destroy());
  socket.write(text);
  let received = '';
  for await (const part of socket) {
    received += part;
    if (received.match(/HTTP\/1\.1 /g)?.length === responses) break;
  }
  return received;
}

describe("a fault's own text, and everything else", () => {
  it.each([
    ['a page', '<script>alert(document.domain)</script>'],
    ['a script', 'alert(document.domain)'],
  ])('%s never runs as one of the server', async (_, text) => {
    server.faults.cause({ type: 'failHttp', path: '/shown', status: 200, text });
    const answer = await ask('/shown');
    expect(answer).toMatchObject({ status: 200, text });
    expectInert(answer);
  });

  it.each(['/dev/state', '/dev/nowhere', '/<script>', '//'])('%s is inert, too', async (path) => {
    expectInert(await ask(path));
  });

  it('and so is a refusal', async () => {
    expectInert(await ask('/', { origin: 'https://evil.example' }));
  });

  function expectInert({ headers }: Answer): void {
    expect(headers['content-type']).toMatch(/^(text\/plain; charset=utf-8|application\/json)$/);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['content-security-policy']).toBe("default-src 'none'; frame-ancestors 'none'; sandbox");
    expect(headers['cross-origin-resource-policy']).toBe('same-origin');
  }
});

describe('slow and endless senders', () => {
  it.each([
    ['half a header', 'GET /dev/state HTTP/1.1\r\nHost: localhost'],
    ['half a body', 'POST /dev/faults HTTP/1.1\r\nHost: localhost:PORT\r\nContent-Length: 100\r\n\r\n{'],
    ['half an upgrade', 'GET /connect HTTP/1.1\r\nUpgrade: websocket\r\n'],
  ])('%s is cut in the end', async (_, bytes) => {
    await using bounded = await startDevServer({ requestTimeoutMs: 100 });
    const socket = connectTcp(bounded.port, '127.0.0.1');
    socket.write(bytes.replace('PORT', String(bounded.port)));
    expect(await readAll(socket)).toMatch(/^(HTTP\/1\.1 408|$)/);
  });

  it('an endless body is cut', async () => {
    await using bounded = await startDevServer({ maxPayloadBytes: 1_000 });
    const socket = connectTcp(bounded.port, '127.0.0.1');
    const host = `Host: localhost:${bounded.port}`;
    socket.write(`POST /guest HTTP/1.1\r\n${host}\r\nTransfer-Encoding: chunked\r\n\r\n`);
    const chunk = `1000\r\n${'x'.repeat(0x1000)}\r\n`;
    const pour = () => {
      if (!socket.destroyed) socket.write(chunk, pour);
    };
    pour();
    await readAll(socket);
  });

  it('more connections than allowed are cut, and those that are open go on', async () => {
    await using bounded = await startDevServer({ maxConnections: 2 });
    const first = await connect(bounded, 'alice');
    const second = await connect(bounded, 'bob');
    await first.next();
    await second.next();
    const third = await connect(bounded, 'carol');
    expect((await third.closed).code).toBe(1006);
    first.socket.send('[{"type":"health.check"}]');
    expect(await first.next()).toMatchObject({ type: 'health.check' });
  });

  it('a client that asks for more than it reads is cut', async () => {
    await using bounded = await startDevServer();
    const greedy = await connect(bounded, 'alice');
    await greedy.next();
    greedy.socket.pause();
    const closed = bounded.waitFor((event) => event.type === 'closed', { timeoutMs: 15_000 });
    const big = { type: 'dev.big', filler: 'x'.repeat(1_000_000) };
    let sent = 0;
    while (bounded.push(big) > 0 && sent < 100) sent += 1;
    expect(sent).toBeLessThan(100);
    await closed;
  });
});

/** What arrived until the socket was closed. */
function readAll(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
    });
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(text));
  });
}
