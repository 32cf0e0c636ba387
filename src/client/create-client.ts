import type { Protocol, ProtocolGuests, ProtocolHttp } from '../protocol/protocol.ts';
import type { ChatClient } from './builder.ts';
import type { Call } from './call.ts';
import { ProtocolClient } from './chat-client.ts';
import { defaults } from './defaults.ts';
import type { ChatClientOptions } from './options.ts';

/**
 * Creates a client, inert until used. It is independent of every other client and of {@link ChatClient.instance}.
 *
 * @throws SessionError `invalidArgument` that names the option; nothing was started.
 */
export function createChatClient<P extends Protocol<never>>(
  options: ChatClientOptions & { readonly protocol: P },
): ChatClient & ClientOf<P>;
export function createChatClient(options: ChatClientOptions): ChatClient;
export function createChatClient(options: ChatClientOptions): ChatClient {
  return new ProtocolClient(options, undefined, defaults);
}

/** What a client has by its protocol: `send`, and `never` in the place of what the protocol lacks. */
export type ClientOf<P extends Protocol<never>> = ChatClient &
  ('encode' extends keyof ReturnType<P['connect']> ? SenderOf<P> : unknown) &
  (P extends { readonly http: ProtocolHttp } ? unknown : { readonly request: never }) &
  (P extends { readonly guests: ProtocolGuests } ? unknown : { readonly connectGuestUser: never }) &
  (P extends { readonly anonymous: object } ? unknown : { readonly connectAnonymousUser: never });

type SenderOf<P> = P extends Protocol<infer Sent> ? ([Sent] extends [never] ? unknown : Sender<Sent>) : unknown;

export interface Sender<Sent> {
  /**
   * Sends an event over the socket, at once and only while connected; nothing is queued. Success means that it was handed
   * to the platform. Errors: `notLoggedIn`, `stillConnecting` (not connected now), `connectionLost`, `notSupported`,
   * `protocolFailed` (it cannot be encoded), `disposed`.
   */
  send(event: Sent): Call<void>;
}

/**
 * Creates a client of an own protocol, inert until used. It does what `createChatClient` does with the option
 * `protocol`; a bundle that uses only this has nothing of the default protocol, and `request()` and `connectGuestUser()` work
 * only with the options `requests` and `guests`, which it imports: `createProtocolClient({ protocol, requests })`.
 *
 * @throws SessionError `invalidArgument` that names the option; nothing was started.
 */
export function createProtocolClient<P extends Protocol<never>, Given extends ChatClientOptions = ChatClientOptions>(
  options: Given & ChatClientOptions & { readonly protocol: P },
): ClientOf<P> & Imported<Given> {
  return new ProtocolClient(options) as ClientOf<P> & Imported<Given>;
}

/** What the options have to bring, besides the protocol. */
type Imported<Given> = (Given extends { readonly requests: object } ? unknown : { readonly request: never }) &
  (Given extends { readonly guests: object } ? unknown : { readonly connectGuestUser: never });
