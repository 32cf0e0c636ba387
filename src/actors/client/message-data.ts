import type { WireData } from '../../protocol/protocol.ts';

/** What a platform gives for a message as a string or bytes: `ArrayBuffer`, views and `Blob`. */
export function readMessage(data: unknown): WireData | Promise<WireData> {
  if (typeof data === 'string') return data;
  if (isArrayBuffer(data)) return new Uint8Array(data);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (isBlob(data)) return readBlob(data);
  return new Uint8Array();
}

/** Also one of another realm, as jsdom has it. */
function isArrayBuffer(data: unknown): data is ArrayBuffer {
  return Object.prototype.toString.call(data) === '[object ArrayBuffer]';
}

interface BlobLike {
  arrayBuffer(): Promise<ArrayBuffer>;
}

function isBlob(data: unknown): data is BlobLike {
  return typeof data === 'object' && data !== null && 'arrayBuffer' in data && typeof data.arrayBuffer === 'function';
}

async function readBlob(blob: BlobLike): Promise<Uint8Array> {
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch {
    return new Uint8Array();
  }
}
