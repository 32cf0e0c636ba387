import { invalidArgument } from '../../errors.ts';
import { hasMethods, isInstance } from '../../input.ts';
import { isPlain } from '../plain.ts';

/** A body as `fetch` gets it. */
export interface RequestContent {
  readonly body?: string | object;
  /** What `fetch` asks for with a stream, which cannot be sent twice. */
  readonly duplex?: 'half';
  readonly contentType?: string;
}

/**
 * Brings a body into the form in which every platform's `fetch` sends it right. What `fetch` would turn into a string of
 * its own, like `[object Object]`, is refused.
 *
 * @param ownFetch That of the app, which may have classes of its own (as npm's undici has).
 * @throws SessionError `invalidArgument` that names `body`.
 */
export function contentOf(body: unknown, ownFetch?: unknown): RequestContent {
  if (body === undefined) return {};
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return jsonOf(body);
  // React Native's classes have no tag.
  const known = AS_THEY_ARE.find((name) => isInstance(body, Reflect.get(globalThis, name)));
  const kind = known ?? tagOf(body);
  if (ArrayBuffer.isView(body)) return bytesOf(body, body.buffer, body.byteOffset, body.byteLength);
  if (kind.endsWith('ArrayBuffer')) return bytesOf(body, body as ArrayBuffer);
  if (hasMethods(body, 'getHeaders'))
    throw invalidArgument('body', 'the form-data package is not supported: pass a FormData');
  if (AS_THEY_ARE.includes(kind)) {
    if ((ownFetch && !known) || isTaken(body)) return { body };
    throw invalidArgument('body', `this ${kind} does not belong to the fetch that is to send it`);
  }
  const isStream = kind === 'ReadableStream';
  if (!(isStream || Symbol.asyncIterator in body)) return jsonOf(body);
  // A web stream with a reader, a stream of Node that was destroyed.
  if (Reflect.get(body, 'locked') || Reflect.get(body, 'destroyed')) {
    throw invalidArgument('body', 'this stream has been read, or is being read');
  }
  return isStream ? { body, duplex: 'half' } : streamOf(body as AsyncIterable<unknown>);
}

const tagOf = (value: unknown) => Object.prototype.toString.call(value).slice('[object '.length, -1);

function bytesOf(body: object, buffer: ArrayBufferLike, offset?: number, length?: number): RequestContent {
  try {
    const bytes = new Uint8Array(buffer, offset, length);
    // Memory that is shared or may grow is taken by no `fetch`.
    if (tagOf(buffer) === 'SharedArrayBuffer' || Reflect.get(buffer, 'resizable')) return { body: bytes.slice() };
    // A view of this realm, because a buffer of another (an iframe, a test environment) is not recognised everywhere.
    return { body: ArrayBuffer.isView(body) || body instanceof ArrayBuffer ? body : bytes };
  } catch {
    throw invalidArgument('body', 'these bytes were transferred elsewhere');
  }
}

const AS_THEY_ARE: readonly string[] = ['FormData', 'Blob', 'File', 'URLSearchParams'];

/** One of another implementation (jsdom's FormData or Blob with Node's `fetch`) would become text, or throw. */
function isTaken(body: object): boolean {
  try {
    const type = typeof Response === 'function' ? new Response(body as BodyInit).headers.get('content-type') : null;
    return !type?.startsWith('text/plain') || (body as Blob).type === type;
  } catch {
    return false;
  }
}

function jsonOf(body: unknown): RequestContent {
  try {
    const text = JSON.stringify(body, refuseOthers);
    if (text !== undefined) return { body: text, contentType: 'application/json' };
  } catch {
    // Refused below.
  }
  throw invalidArgument('body', 'must be plain data for JSON, or a body that fetch takes');
}

/** JSON leaves out or mangles what it has no form for. */
function refuseOthers(this: unknown, key: string, value: unknown): unknown {
  const original: unknown = Reflect.get(this as object, key);
  if (!isData(value, original) || (value === undefined && Array.isArray(this))) throw new Error();
  return value;
}

function isData(value: unknown, original: unknown): boolean {
  // A date that is none turns itself into null.
  if (value === null) return original === null;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object') return typeof value !== 'function' && typeof value !== 'symbol';
  if (Array.isArray(value)) return true;
  const iterates = Symbol.iterator in value || Symbol.asyncIterator in value;
  return isPlain(value) && !iterates && !ArrayBuffer.isView(original);
}

/** A stream of Node, an async generator: only some versions of `fetch` take these by themselves. */
function streamOf(chunks: AsyncIterable<unknown>): RequestContent {
  if (typeof ReadableStream !== 'function') throw invalidArgument('body', 'this platform has no streams');
  const iterator = chunks[Symbol.asyncIterator]();
  const body = new ReadableStream({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done === true) controller.close();
      else if (ArrayBuffer.isView(value)) controller.enqueue(value);
      else if (typeof value === 'string') controller.enqueue(new Uint8Array(await new Response(value).arrayBuffer()));
      else throw invalidArgument('body', 'a stream must consist of bytes or strings');
    },
    async cancel() {
      await iterator.return?.();
    },
  });
  return { body, duplex: 'half' };
}
