import { frozenCopy, type User } from '../user.ts';

/**
 * `value` as a user, as frozen plain data; `null` when it is not a user: not an object with a non-empty
 * string `id`, or not JSON. Never throws, even where reading the value does.
 */
export function copyUser(value: unknown): User | null {
  try {
    const copy = frozenCopy(value);
    return isUser(copy) ? copy : null;
  } catch {
    return null;
  }
}

function isUser(value: unknown): value is User {
  return (
    typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string' && value.id !== ''
  );
}
