import { type LoadToken, storageRepository } from 'sessionchart';

/*
 * What this app knows of its backend. The development server plays both parts: the chat, and the app's own backend that
 * knows its users and signs tokens for them.
 */

const baseUrl = import.meta.env.VITE_CHAT_URL ?? 'http://127.0.0.1:8787';
const apiKey = 'dev-key';

export const options = {
  apiKey,
  baseUrl,
  // A function: where storage is blocked, touching `localStorage` throws, and the session shall work without.
  userRepository: storageRepository(() => localStorage, { apiKey }),
};

export const loadToken: LoadToken = async (user, { signal }) => {
  const response = await fetch(`${baseUrl}/dev/token?user_id=${encodeURIComponent(user.id)}`, { signal });
  if (!response.ok) throw new Error(`The backend answered ${response.status}.`);
  const { token } = (await response.json()) as { token: string };
  return token;
};

/** The channel of which every user is a member. */
export const CHANNEL = '/channels/messaging/general';
