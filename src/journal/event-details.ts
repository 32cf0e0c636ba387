import { isObject } from '../input.ts';

/** What distinguishes an event from others of its type: its user, its reason, its attempt. A journal may be by others. */
export function eventDetails(event: object): readonly string[] {
  const fields = event as Readonly<Record<string, unknown>>;
  const { failure, retryAfterMs } = fields;
  const details = [
    textIn(fields.identity, 'id') || textIn(fields.user, 'id') || textIn(fields, 'userId'),
    textIn(failure, 'code'),
    textIn(failure, 'serverCode', 'code '),
    textIn(failure, 'closeCode', 'close '),
    typeof retryAfterMs === 'number' && retryAfterMs > 0 ? `not before ${retryAfterMs} ms` : '',
    textIn(fields, 'reason'),
    textIn(fields, 'profile'),
    textIn(fields, 'connectionId').slice(0, SHOWN_CHARACTERS),
    fields.forgetUser === false ? 'keep the stored user' : '',
    textIn(fields, 'attempt', '#'),
  ];
  return details.filter((detail) => detail !== '');
}

/** Of an id that is random. */
const SHOWN_CHARACTERS = 8;

/** A string or a number under `field`, with `label` in front; empty where there is none. */
function textIn(value: unknown, field: string, label = ''): string {
  const text = isObject(value) ? value[field] : undefined;
  return text !== '' && (typeof text === 'string' || typeof text === 'number') ? `${label}${text}` : '';
}
