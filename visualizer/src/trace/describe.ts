interface Loose {
  readonly type: string;
  readonly [field: string]: unknown;
}

const text = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');
const fieldOf = (value: unknown, field: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[field] : undefined;

/** Stands between the parts of a description. */
export const SEPARATOR = ' · ';

/** What distinguishes one event of a type from another: the user, the reason, the attempt. */
export function describeEvent(event: Loose): string {
  const failure = event.failure;
  const closeCode = text(fieldOf(failure, 'closeCode'));
  const serverCode = text(fieldOf(failure, 'serverCode'));
  const retryAfterMs = event.retryAfterMs;
  const parts = [
    text(fieldOf(event.identity, 'id')) || text(fieldOf(event.user, 'id')) || text(event.userId),
    text(fieldOf(failure, 'code')),
    closeCode && `close ${closeCode}`,
    serverCode && `code ${serverCode}`,
    typeof retryAfterMs === 'number' && retryAfterMs > 0 ? `wait ≥ ${retryAfterMs} ms` : '',
    text(event.reason),
    text(event.profile),
    text(event.connectionId).slice(0, 8),
    event.forgetUser === false ? 'keep the stored user' : '',
    'attempt' in event ? `#${text(event.attempt)}` : '',
  ];
  return parts.filter((part) => part !== '').join(SEPARATOR);
}
