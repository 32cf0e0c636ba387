const BYTE_ORDER_MARK = '\uFEFF';

/** Text or bytes (UTF-8) as text, without a byte order mark. Bytes that are no UTF-8 become U+FFFD, or `null`. */
export function textOf(data: string | Uint8Array): string | null {
  const text = typeof data === 'string' ? data : decodeUtf8(data);
  return text?.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}

type Utf8Decoder = new () => { decode(bytes: Uint8Array): string };

/** React Native has no `TextDecoder`; there `decodeURIComponent` does the same, more slowly. */
function decodeUtf8(bytes: Uint8Array): string | null {
  const Decoder: unknown = Reflect.get(globalThis, 'TextDecoder');
  return typeof Decoder === 'function' ? new (Decoder as Utf8Decoder)().decode(bytes) : fromUtf8(bytes);
}

/** The text whose UTF-8 these bytes are; `null` where they are none. */
export function fromUtf8(bytes: Iterable<number>): string | null {
  const escaped = Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, '0')}`);
  try {
    return decodeURIComponent(escaped.join(''));
  } catch {
    return null;
  }
}

/** The bytes in an `ArrayBuffer` (also one of another realm, as jsdom has it) or a view of one; `null` for anything else. */
export function bytesIn(data: unknown): Uint8Array | null {
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const isBuffer = Object.prototype.toString.call(data) === '[object ArrayBuffer]';
  return isBuffer ? new Uint8Array(data as ArrayBuffer) : null;
}

/** Parses JSON, with every text in it replaced by what `change` returns: those of values and of names. */
export function parseTexts(json: string, change: (text: string) => string): unknown {
  return JSON.parse(json, (_, value: unknown) => {
    if (typeof value === 'string') return change(value);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [change(name), each]));
  });
}

/** What a terminal acts on instead of showing it, and what reorders or hides the text around it. */
export const ACTIVE = /[\p{Cc}\p{Cf}\u2028\u2029]+/gu;

/** `text` by others (an app's user id, a server's reason) in one line that a console can print. */
export function toOneLine(text: string): string {
  return text.replace(ACTIVE, ' ');
}
