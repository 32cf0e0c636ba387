import type { ProtocolClient } from './chat-client.ts';
import type { ChatClientOptions } from './options.ts';

/** The client that the builder built, for apps that have one and reach for it from everywhere. */
let built: { readonly client: ProtocolClient; readonly options: ChatClientOptions } | null = null;

export function getBuilt<Client extends ProtocolClient>(): {
  readonly client: Client;
  readonly options: ChatClientOptions;
} | null {
  return built as { readonly client: Client; readonly options: ChatClientOptions } | null;
}

export function setBuilt(client: ProtocolClient, options: ChatClientOptions): void {
  built = { client, options };
}

export function forgetBuilt(client: ProtocolClient): void {
  if (built?.client === client) built = null;
}
