/**
 * A random UUID (version 4). It identifies connections and is no secret: `crypto.randomUUID` would be no better, is missing
 * in React Native and on insecure pages, and its first use costs a Node process a millisecond.
 */
export function createId(): string {
  const [a, b, c, d] = [random32Bits(), random32Bits(), random32Bits(), random32Bits()] as const;
  const variant = '89ab'.charAt(Number.parseInt(c.charAt(0), 16) % 4);
  return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-${variant}${c.slice(1, 4)}-${c.slice(4)}${d}`;
}

const random32Bits = () =>
  Math.floor(Math.random() * 2 ** 32)
    .toString(16)
    .padStart(8, '0');
