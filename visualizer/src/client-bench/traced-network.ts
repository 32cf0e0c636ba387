import type { Recorder } from '../trace/recorder.ts';

/*
 * The platform's WebSocket and fetch, with each message noted by its name. Never by its contents: those hold tokens.
 */

export function tracedWebSocket({ noteWire }: Recorder): typeof WebSocket {
  return class TracedWebSocket extends WebSocket {
    constructor(url: string | URL) {
      super(url);
      noteWire('client', 'server', 'open a socket');
      this.addEventListener('message', ({ data }) => noteWire('server', 'client', ...nameFrame(data)));
      this.addEventListener('close', ({ code, wasClean }) =>
        noteWire('server', 'client', wasClean ? 'closed' : 'cut off', `code ${code}`),
      );
    }

    override send(data: string): void {
      noteWire('client', 'server', ...nameFrame(data));
      super.send(data);
    }

    override close(code?: number, reason?: string): void {
      if (this.readyState <= WebSocket.OPEN)
        noteWire('client', 'server', 'close', code === undefined ? '' : `code ${code}`);
      super.close(code, reason);
    }
  };
}

export function tracedFetch({ noteWire }: Recorder): typeof fetch {
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const from = url.pathname.startsWith('/dev/') ? 'app' : 'client';
    noteWire(from, 'server', `${init?.method ?? 'GET'} ${url.pathname}`);
    try {
      const response = await fetch(input, init);
      noteWire('server', from, `HTTP ${response.status}`, url.pathname);
      return response;
    } catch (error) {
      if (!init?.signal?.aborted) noteWire('server', from, 'no response', url.pathname);
      throw error;
    }
  };
}

/** What kind of frame it is, in a word or two. */
function nameFrame(data: unknown): readonly [name: string, detail: string] {
  if (typeof data !== 'string') return ['binary frame', ''];
  try {
    const [first] = [JSON.parse(data)].flat();
    if (first?.error !== undefined) return ['error', `code ${first.error?.code}`];
    if (first?.type === 'health.check') return [first.me === undefined ? 'health check' : 'hello', ''];
    if (typeof first?.type === 'string') return [first.type, ''];
  } catch {
    // An unreadable frame, as below.
  }
  return ['unreadable frame', `${data.length} characters`];
}
