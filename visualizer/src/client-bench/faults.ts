import type { Fault } from '../../../src/tools/devserver/index.ts';

/*
 * The development server's faults as the page offers them. Each strikes one user.
 */

export interface FaultButton {
  readonly label: string;
  readonly hint: string;
  readonly fault: (userId: string | undefined) => Fault;
}

export interface FaultGroup {
  readonly title: string;
  /** Is armed for the next connect, so that dropping the connection shows it at once. */
  readonly isAboutConnects: boolean;
  readonly buttons: readonly FaultButton[];
}

const button = (label: string, hint: string, fault: Fault): FaultButton => ({
  label,
  hint,
  fault: (userId) => ({ ...fault, ...(userId !== undefined && { userId }) }),
});

const STRANGER = 'mallory';

export const FAULT_GROUPS: readonly FaultGroup[] = [
  {
    title: 'The open socket',
    isAboutConnects: false,
    buttons: [
      button('Drop connection', 'The TCP connection goes away without a close frame.', { type: 'dropSockets' }),
      button('Server restart (1012)', 'The server closes because it restarts.', {
        type: 'closeSockets',
        closeCode: 1012,
      }),
      button('Do not come back (1000)', 'The server closes and asks the client not to come back.', {
        type: 'closeSockets',
        closeCode: 1000,
      }),
      button('Go silent', 'The socket stays open, and nothing comes through it any more.', {
        type: 'goSilent',
        on: 'open',
      }),
      button('Malformed frame', 'Half a JSON document.', {
        type: 'sendFrame',
        frame: { kind: 'text', text: '{"type":"mess' },
      }),
      button('Huge frame', 'A chat event of 900,000 bytes.', {
        type: 'sendFrame',
        frame: { kind: 'huge', bytes: 900_000 },
      }),
      button('New connection id', 'A second hello, with another connection id.', { type: 'secondHello' }),
      button('Hello for another', 'A second hello, for another user.', { type: 'secondHello', asUserId: STRANGER }),
      button('Ignore the close', 'The close frame of a logout is never answered.', { type: 'ignoreClose', on: 'open' }),
    ],
  },
  {
    title: 'The next connect',
    isAboutConnects: true,
    buttons: [
      button('Refuse upgrade (503)', 'The upgrade is answered with HTTP 503.', { type: 'refuseUpgrade', status: 503 }),
      button('No hello', 'Open, but no hello comes.', { type: 'withholdHello' }),
      button('Late hello', 'The hello comes 3 seconds late.', { type: 'delayHello', delayMs: 3_000 }),
      button('Hello for another', 'The hello names another user.', { type: 'wrongHello', asUserId: STRANGER }),
      button('Captive portal', 'HTML in place of the hello.', {
        type: 'spoilHello',
        frame: { kind: 'text', text: '<html>Log in to the Wi-Fi</html>' },
      }),
      button('Rate limit', 'Code 9, and not before 4 seconds.', {
        type: 'rateLimit',
        on: 'connect',
        retryAfterSeconds: 4,
      }),
      button('User not allowed', 'Code 17: final for this user.', { type: 'refuseConnect', code: 17 }),
      button('App unknown', 'Code 2: final for this app.', { type: 'refuseConnect', code: 2 }),
    ],
  },
  {
    title: 'Tokens and server',
    isAboutConnects: false,
    buttons: [
      button('Expire tokens', 'Every token so far counts as expired (40).', { type: 'expireTokens' }),
      button('Revoke tokens', 'Every token so far is revoked (40).', { type: 'revokeTokens' }),
      button('Bad signature', 'Code 43 on the open socket.', { type: 'sendError', code: 43 }),
      button('Token endpoint fails', 'HTTP 500 in place of the next token.', {
        type: 'failHttp',
        path: '/dev/token',
        status: 500,
      }),
      button('Restart the server', 'Down for 4 seconds, with a 1012 first.', { type: 'restart', downMs: 4_000 }),
    ],
  },
];
