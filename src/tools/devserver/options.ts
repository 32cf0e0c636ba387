import { randomBytes } from 'node:crypto';
import * as z from 'zod/mini';
import { parseAllowedHost, parseAllowedOrigin } from '../access/callers.ts';
import { english } from './fault-schema.ts';
import type { DevServerOptions } from './types.ts';

const nonEmpty = z.string().check(z.minLength(1));
const positive = z.number().check(z.positive());

const schema = z.strictObject({
  port: z._default(z.int().check(z.minimum(0), z.maximum(65_535)), 0),
  host: z._default(nonEmpty, '127.0.0.1'),
  allowedOrigins: z._default(z.array(z.string()), () => ownPage()),
  allowedHosts: z._default(z.array(z.string()), []),
  apiKey: z._default(nonEmpty, 'dev-key'),
  secret: z.optional(nonEmpty),
  helloDelayMs: z._default(z.number().check(z.nonnegative(), z.maximum(Number.MAX_SAFE_INTEGER)), 0),
  tokenTtlSeconds: z._default(positive, 3_600),
  maxPayloadBytes: z._default(z.int().check(z.positive()), 1_048_576),
  maxConnections: z._default(z.int().check(z.positive()), 10_000),
  requestTimeoutMs: z._default(z.int().check(z.positive()), 30_000),
  now: z._default(
    z.custom<() => number>((value) => typeof value === 'function'),
    () => Date.now,
  ),
});

/** Throws a `TypeError` that names the option. */
export function completeOptions(options: DevServerOptions): Required<DevServerOptions> {
  const parsed = schema.safeParse(options, { error: english });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new TypeError(`startDevServer: ${issue?.path.join('.') || 'options'}: ${issue?.message ?? 'not valid'}`);
  }
  const { secret = randomBytes(32).toString('hex'), allowedOrigins, allowedHosts, ...rest } = parsed.data;
  return {
    ...rest,
    secret,
    allowedOrigins: parseEach('allowedOrigins', allowedOrigins, parseAllowedOrigin),
    allowedHosts: parseEach('allowedHosts', allowedHosts, parseAllowedHost),
  };
}

function parseEach(option: string, texts: readonly string[], parse: (text: string) => string): string[] {
  try {
    return texts.map(parse);
  } catch (error) {
    throw new TypeError(`startDevServer: ${option}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** A test in jsdom or happy-dom runs in a page, whose sockets and calls carry its origin. */
function ownPage(): string[] {
  const { location } = globalThis as { readonly location?: { readonly origin?: unknown } };
  const origin = location?.origin;
  return typeof origin === 'string' && /^https?:/.test(origin) ? [origin] : [];
}
