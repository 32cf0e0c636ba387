import { hasMethods } from '../../input.ts';
import type { WireData } from '../../protocol/protocol.ts';

/** What a platform gives for a message as a string or bytes: `ArrayBuffer`, views and `Blob`. */
export function readMessage(data: unknown): WireData | Promise<WireData> {
  if (typeof data === 'string') return data;
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  // Also one of another realm, as jsdom has it.
  if (Object.prototype.toString.call(data) === '[object ArrayBuffer]') return new Uint8Array(data as ArrayBuffer);
  return hasMethods(data, 'arrayBuffer') ? readBlob(data as unknown as Blob) : new Uint8Array();
}

async function readBlob(blob: Blob): Promise<Uint8Array> {
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch {
    return new Uint8Array();
  }
}
