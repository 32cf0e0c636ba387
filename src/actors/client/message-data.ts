import { hasMethods } from '../../input.ts';
import type { WireData } from '../../protocol/protocol.ts';
import { bytesIn } from '../../text.ts';

/** What a platform gives for a message as a string or bytes: `ArrayBuffer`, views and `Blob`. */
export function readMessage(data: unknown): WireData | Promise<WireData> {
  if (typeof data === 'string') return data;
  const bytes = bytesIn(data);
  if (bytes !== null) return bytes;
  return hasMethods(data, 'arrayBuffer') ? readBlob(data as unknown as Blob) : new Uint8Array();
}

async function readBlob(blob: Blob): Promise<Uint8Array> {
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch {
    return new Uint8Array();
  }
}
