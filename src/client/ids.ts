/**
 * A random UUID (version 4), also where `crypto.randomUUID` is missing: React Native and insecure pages lack it. It
 * identifies connections and is no secret.
 */
export function createId(): string {
  const { crypto } = globalThis as { readonly crypto?: Partial<Crypto> };
  if (typeof crypto?.randomUUID === 'function') return crypto.randomUUID();
  return '########-####-4###-v###-############'.replace(/[#v]/g, (place) => {
    const random = Math.floor(Math.random() * 16);
    return (place === '#' ? random : (random % 4) + 8).toString(16);
  });
}
