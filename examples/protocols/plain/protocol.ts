import { type Frame, jwtTokens, type Meaning, type Protocol, textOf } from 'sessionchart';

/** What a client may send besides its login. */
export interface Note {
  readonly type: 'note';
  readonly text: string;
}

/** The protocol of `server.ts`: JSON in text frames, the JWT in the first one. */
export function plain(url: string): Protocol<Note> {
  return {
    name: 'plain',
    checkToken: jwtTokens({ userClaim: 'sub' }),
    connect: ({ token }) => ({
      url,
      firstFrames: [JSON.stringify({ type: 'login', token })],
      decode: (data) => decode(textOf(data) ?? ''),
      ping: () => '{"type":"ping"}',
      encode: (note: Note) => JSON.stringify(note),
    }),
  };
}

/** Every other refusal is one of the token: its signature, its issuer, … */
const REFUSALS: Readonly<Record<string, Meaning>> = {
  banned: 'user',
  ERR_JWT_EXPIRED: 'tokenExpired',
  ERR_JWT_CLAIM_VALIDATION_FAILED: 'tokenTooEarly',
};

function decode(text: string): Frame {
  const frame = parse(text);
  if (typeof frame?.type !== 'string') return { kind: 'bad', problem: 'it is no object with a type' };
  const { type, user, connection, time, reason } = frame;
  if (type === 'welcome' && typeof user === 'string' && typeof connection === 'string') {
    return { kind: 'hello', userId: user, connectionId: connection, serverTimeMs: Number(time) || null };
  }
  if (type === 'pong') return { kind: 'heartbeat' };
  if (type === 'refused') {
    const explanation = String(reason);
    return { kind: 'error', verdict: { meaning: REFUSALS[explanation] ?? 'token', explanation } };
  }
  return { kind: 'event', event: { ...frame, type } };
}

function parse(text: string): Record<string, unknown> | null {
  try {
    return Object(JSON.parse(text));
  } catch {
    return null;
  }
}
