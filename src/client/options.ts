import * as z from 'zod/mini';
import type { Socket, SocketFactory } from '../actors/dependencies.ts';
import { type Clock, LONGEST_DELAY_MS, systemClock } from '../clock.ts';
import type { ReportDiagnostic } from '../diagnostics.ts';
import { browserEnvironment } from '../environment/browser.ts';
import type { Environment } from '../environment/environment.ts';
import { invalidArgument } from '../errors.ts';
import type { Protocol } from '../protocol/protocol.ts';
import { streamChat } from '../protocol/stream-chat/index.ts';
import { hasMethods } from '../repository/check-options.ts';
import { memoryRepository } from '../repository/memory.ts';
import type { UserRepository } from '../repository/repository.ts';
import { DEFAULT_TIMING, type Timing } from '../timing.ts';
import type { TokenSource } from '../token/source.ts';
import type { Inspect } from './session-actor.ts';

/** A WebSocket class: the platform's own, or `WebSocket` of the `ws` package. */
export type WebSocketClass = new (url: string, ...rest: never[]) => Socket;

export interface ChatClientOptions {
  /** How the backend is spoken to. Default: Stream Chat's protocol, made of `apiKey`, `baseUrl` and `clientName`. */
  readonly protocol?: Protocol<object>;
  /** The key of the app at the backend. Required, unless `protocol` is given. */
  readonly apiKey?: string;
  /** Where the backend is: `http(s)://host[:port][/path]`. Default `https://chat.stream-io-api.com`. */
  readonly baseUrl?: string;
  /**
   * Where tokens come from when `connectUser` is called without one. Without it nobody can be restored, since a
   * restored session needs a new token. It is asked once per login, before a token expires, and after the server
   * refused one; not on every reconnect.
   */
  readonly tokenProvider?: TokenSource;
  /** Where the logged-in user is kept. Default: memory, which does not survive the process. */
  readonly userRepository?: UserRepository;
  /** What is known of network and app. Default: the browser's events where there is a window, otherwise nothing. */
  readonly environment?: Environment;
  /** Default: the platform's `WebSocket`. Node before 22 has none: pass the one of the `ws` package. */
  readonly WebSocket?: WebSocketClass;
  /** Given to the WebSocket class as its third argument: `agent` and `headers` for `ws`. */
  readonly webSocketOptions?: object;
  /** Default: the platform's `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
  /** Durations to change, in milliseconds. */
  readonly timing?: Partial<Timing>;
  /** What this client calls itself to the backend (`X-Stream-Client`). Default `sessionchart`. */
  readonly clientName?: string;
  /** Told of everything that went wrong and was survived. Default: nobody is; nothing is written to the console. */
  readonly onDiagnostic?: ReportDiagnostic;
  /** Sees every event of the chart and its actors, for instance the `inspect` of `@statelyai/inspect`. It can watch, not act. */
  readonly inspect?: Inspect;
  /** For tests. Default: the platform's clock. */
  readonly clock?: Clock;
  /** For tests: the seed of every random delay, a 32-bit integer. Default: random. */
  readonly seed?: number;
}

/** Options after they were checked, with the defaults in place. */
export interface ClientSettings {
  readonly protocol: Protocol<object>;
  readonly tokenProvider: TokenSource | undefined;
  readonly repository: UserRepository;
  readonly environment: Environment;
  /** `null` where the platform has no WebSocket: a server may still render with the client, but not connect. */
  readonly sockets: SocketFactory | null;
  readonly fetch: typeof globalThis.fetch;
  readonly timing: Timing;
  readonly onDiagnostic: ReportDiagnostic;
  readonly inspect: Inspect | undefined;
  readonly clock: Clock;
  readonly seed: number;
}

const isFunction = (value: unknown) => typeof value === 'function';

/** A token source: a non-empty string, a function, or an object with `loadToken`. */
export const isTokenSource = (value: unknown): value is TokenSource =>
  (typeof value === 'string' && value !== '') || isFunction(value) || hasMethods(value, 'loadToken');

const custom = (check: (value: unknown) => boolean, expected: string) =>
  z.optional(z.custom(check, `expected ${expected}`));
const durationMs = z.optional(
  z
    .number('expected milliseconds')
    .check(z.gt(0, 'must be above 0'), z.lte(LONGEST_DELAY_MS, `must not be above ${LONGEST_DELAY_MS}`)),
);

const timingSchema = z.strictObject(
  Object.fromEntries(Object.keys(DEFAULT_TIMING).map((name) => [name, durationMs])) as Record<
    keyof Timing,
    typeof durationMs
  >,
);

const optionsSchema = z.strictObject({
  protocol: custom((value) => hasMethods(value, 'connect'), 'a protocol: an object with name and connect'),
  apiKey: z.optional(z.string('expected a string').check(z.minLength(1, 'must not be empty'))),
  baseUrl: z.optional(
    z
      .string('expected a string')
      .check(z.refine(isBaseUrl, 'expected http(s)://host[:port][/path], with a host and a port that can be')),
  ),
  tokenProvider: custom(isTokenSource, 'a token, a function, or an object with loadToken'),
  userRepository: custom(
    (value) => hasMethods(value, 'getCurrentUser', 'setCurrentUser', 'clearCurrentUser'),
    'an object with getCurrentUser, setCurrentUser and clearCurrentUser',
  ),
  environment: custom((value) => hasMethods(value, 'read', 'subscribe'), 'an object with read and subscribe'),
  WebSocket: custom(isFunction, 'a class'),
  webSocketOptions: custom((value) => typeof value === 'object' && value !== null, 'an object'),
  fetch: custom(isFunction, 'a function'),
  timing: z.optional(timingSchema),
  clientName: z.optional(z.string('expected a string').check(z.minLength(1, 'must not be empty'))),
  onDiagnostic: custom(isFunction, 'a function'),
  inspect: custom(
    (value) => isFunction(value) || (typeof value === 'object' && value !== null),
    'a function or an observer',
  ),
  clock: custom(
    (value) => hasMethods(value, 'setTimeout', 'clearTimeout', 'now'),
    'an object with setTimeout, clearTimeout and now',
  ),
  seed: z.optional(z.number('expected a number')),
});

/** A name, or an IPv6 address in brackets; a port; a path. */
const BASE_URL = /^https?:\/\/(?:\[[\da-fA-F:.]+\]|[^\s/?#@:%\\[\]<>^|"`{}]+)(?::(\d{1,5}))?(?:\/[^\s?#\\]*)?$/;

/** React Native's own `URL` takes anything, and some realms have none; where there is a real one, it knows best. */
function isBaseUrl(text: string): boolean {
  const match = BASE_URL.exec(text);
  if (match === null || Number(match[1] ?? 0) > 65_535) return false;
  try {
    return typeof URL === 'undefined' || Boolean(new URL(text));
  } catch {
    return false;
  }
}

/**
 * Checks options and fills in the defaults.
 *
 * @throws SessionError `invalidArgument` that names the field; nothing was started.
 */
export function parseOptions(options: ChatClientOptions): ClientSettings {
  const checked = checkOptions(options);
  return {
    protocol: checked.protocol ?? defaultProtocol(checked),
    tokenProvider: checked.tokenProvider,
    repository: checked.userRepository ?? memoryRepository(),
    environment: checked.environment ?? browserEnvironment(),
    sockets: socketFactory(checked),
    fetch: checked.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    timing: { ...DEFAULT_TIMING, ...definedOnly(checked.timing) },
    onDiagnostic: checked.onDiagnostic ?? (() => {}),
    inspect: checked.inspect,
    clock: checked.clock ?? systemClock,
    seed: checked.seed ?? Math.floor(Math.random() * 2 ** 32),
  };
}

function defaultProtocol({ apiKey, baseUrl, clientName }: ChatClientOptions): Protocol<object> {
  if (apiKey === undefined) throw invalidArgument('apiKey', 'expected a string');
  return streamChat({
    apiKey,
    ...(baseUrl !== undefined && { baseUrl }),
    ...(clientName !== undefined && { clientName }),
  });
}

/** The options, each read once. */
function checkOptions(options: ChatClientOptions): ChatClientOptions {
  const parsed = parseSafely(options);
  if (parsed.success) return parsed.data as ChatClientOptions;
  const issue = parsed.error.issues[0];
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const field = [...(issue?.path ?? []), ...(unknown === undefined ? [] : [unknown])].map(String).join('.');
  throw invalidArgument(
    field || 'options',
    unknown === undefined ? (issue?.message ?? 'unusable') : 'there is no such option',
  );
}

function parseSafely(options: ChatClientOptions) {
  try {
    return optionsSchema.safeParse(options);
  } catch {
    throw invalidArgument('options', 'cannot be read');
  }
}

function socketFactory({ WebSocket, webSocketOptions }: ChatClientOptions): SocketFactory | null {
  const Platform = WebSocket ?? (globalThis.WebSocket as unknown as WebSocketClass | undefined);
  if (Platform === undefined) return null;
  return ({ url, subprotocols = [], headers }) => {
    if (webSocketOptions === undefined && headers === undefined) {
      return subprotocols.length === 0 ? new Platform(url) : new Platform(url, subprotocols as never);
    }
    const given = {
      ...webSocketOptions,
      ...(headers !== undefined && { headers: { ...headersIn(webSocketOptions), ...headers } }),
    };
    return new Platform(url, subprotocols as never, given as never);
  };
}

function headersIn(options: object | undefined): object {
  return options !== undefined && 'headers' in options && typeof options.headers === 'object'
    ? { ...options.headers }
    : {};
}

function definedOnly(timing: Partial<Timing> | undefined): Partial<Timing> {
  return Object.fromEntries(Object.entries(timing ?? {}).filter(([, value]) => value !== undefined));
}
