import { describe, expectTypeOf, it } from 'vitest';
import { plain } from '../../../examples/protocols/plain/protocol.ts';
import { withDevtools } from '../../../src/devtools/index.ts';
import {
  type ChatClient,
  createChatClient,
  createProtocolClient,
  guests,
  type Protocol,
  requests,
  streamChat,
} from '../../../src/index.ts';

describe('what a protocol lacks is missing from the types of its client', () => {
  const own = createProtocolClient({ protocol: plain('wss://example.org') });

  it('a plain protocol has sending, and neither HTTP nor guests', () => {
    own.send({ type: 'note', text: 'Hello' });
    // @ts-expect-error no event of this protocol
    own.send({ type: 'something else' });
    // @ts-expect-error no HTTP
    own.request('/x');
    // @ts-expect-error no guests
    own.connectGuestUser({ id: 'visitor' });
    // @ts-expect-error no anonymous users
    own.connectAnonymousUser();
  });

  it('requests and guests are there with the options that bring them, and else missing', () => {
    const protocol = streamChat({ apiKey: 'key' });
    const lean = createProtocolClient({ protocol });
    // @ts-expect-error no requests
    lean.request('/x');
    // @ts-expect-error no guests
    lean.connectGuestUser({ id: 'visitor' });
    const full = createProtocolClient({ protocol, requests, guests });
    expectTypeOf(full.request).toBeFunction();
    expectTypeOf(full.connectGuestUser).toBeFunction();
  });

  it('with devtools it is the same', () => {
    const lean = createProtocolClient(withDevtools({ protocol: plain('wss://example.org') }));
    lean.send({ type: 'note', text: 'Hello' });
    // @ts-expect-error no HTTP
    lean.request('/x');
    const full = createProtocolClient(withDevtools({ protocol: streamChat({ apiKey: 'key' }), requests }));
    expectTypeOf(full.request).toBeFunction();
    // @ts-expect-error there is no such option
    withDevtools({ apiKey: 'key', apikey: 'key' });
  });

  it('a client of any protocol fits where a client is expected', () => {
    expectTypeOf(own).toExtend<ChatClient>();
    expectTypeOf(createChatClient({ protocol: plain('wss://example.org') }).send).toBeFunction();
  });

  it('the default protocol has HTTP and guests, and no sending', () => {
    const client = createChatClient({ protocol: streamChat({ apiKey: 'key' }) });
    expectTypeOf(client.request).toBeFunction();
    // @ts-expect-error no sending
    client.send;
    // @ts-expect-error no sending
    createChatClient({ apiKey: 'key' }).send;
  });

  it('one without encode() has no sending, written inline too', () => {
    const inline = createProtocolClient({
      protocol: { name: 'x', connect: () => ({ url: 'wss://example.org', decode: () => ({ kind: 'heartbeat' }) }) },
    });
    // @ts-expect-error no sending
    inline.send({ type: 'note' });
    const sending = createProtocolClient({
      protocol: {
        name: 'x',
        connect: () => ({
          url: 'wss://example.org',
          decode: () => ({ kind: 'heartbeat' }),
          encode: (event: { readonly text: string }) => event.text,
        }),
      },
    });
    sending.send({ text: 'Hello' });
    // @ts-expect-error no event of this protocol
    sending.send({ type: 'note' });
  });

  it('a protocol needs a name and connect(), and nothing else', () => {
    const least = { name: 'least', connect: () => ({ url: 'wss://example.org', decode: () => [] }) };
    expectTypeOf(least).toExtend<Protocol>();
  });
});
