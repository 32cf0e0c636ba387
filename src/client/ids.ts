/**
 * A random UUID (version 4). It identifies connections and is no secret: `crypto.randomUUID` would be no better, is missing
 * in React Native and on insecure pages, and its first use costs a Node process a millisecond.
 */
export function createId(): string {
  const digit = (below: number) => Math.floor(Math.random() * below);
  return 'xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx'.replace(/[xy]/g, (place) =>
    (place === 'x' ? digit(16) : 8 + digit(4)).toString(16),
  );
}
