import type { ChatEvent } from './events.ts';
import type { WireData } from './protocol.ts';

const BYTE_ORDER_MARK = '\uFEFF';

/** A text or binary frame as text (UTF-8), without a byte order mark. Bytes that are no UTF-8 become U+FFFD, or `null`. */
export function textOf(data: WireData): string | null {
  const text = typeof data === 'string' ? data : decodeUtf8(data);
  return text?.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}

/** The message in a frame of JSON, text or binary: an object with a `type`. `null` for anything else; never throws. */
export function jsonOf(data: WireData): ChatEvent | null {
  try {
    const message = JSON.parse(textOf(data) ?? '');
    return typeof message?.type === 'string' ? message : null;
  } catch {
    return null;
  }
}

type Utf8Decoder = new () => { decode(bytes: Uint8Array): string };

/** React Native has no `TextDecoder`; there `decodeURIComponent` does the same, more slowly. */
function decodeUtf8(bytes: Uint8Array): string | null {
  const Decoder: unknown = Reflect.get(globalThis, 'TextDecoder');
  if (typeof Decoder === 'function') return new (Decoder as Utf8Decoder)().decode(bytes);
  let escaped = '';
  for (const byte of bytes) escaped += `%${byte.toString(16).padStart(2, '0')}`;
  try {
    return decodeURIComponent(escaped);
  } catch {
    return null;
  }
}
