import { jsonOf, jwtTokens, type Meaning, type Protocol } from 'sessionchart';

/** What a client may send besides its login. */
export type Note = { readonly type: 'note'; readonly text: string };

/** Every other refusal is one of the token: its signature, its issuer, … */
const REFUSALS = new Map<unknown, Meaning>([
  ['banned', 'user'],
  ['ERR_JWT_EXPIRED', 'tokenExpired'],
  ['ERR_JWT_CLAIM_VALIDATION_FAILED', 'tokenTooEarly'],
]);

/** The protocol of `server.ts`: JSON in text frames, the JWT in the first one. */
export const plain = (url: string): Protocol<Note> => ({
  name: 'plain',
  checkToken: jwtTokens({ userClaim: 'sub' }),
  connect: ({ token }) => ({
    url,
    firstFrames: [JSON.stringify({ type: 'login', token })],
    ping: () => '{"type":"ping"}',
    encode: (note: Note) => JSON.stringify(note),
    decode(data) {
      const frame = jsonOf(data);
      switch (frame?.type) {
        case 'welcome':
          return { kind: 'hello', userId: String(frame.user), serverTimeMs: Number(frame.time) || null };
        case 'pong':
          return { kind: 'heartbeat' };
        case 'refused':
          return { kind: 'error', verdict: { meaning: REFUSALS.get(frame.reason) ?? 'token' } };
        case 'note':
          return { kind: 'event', event: frame };
        default:
          return { kind: 'bad', problem: 'it is no frame of this server' };
      }
    },
  }),
});
