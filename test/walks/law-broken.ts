/** A broken law. */
export class LawBroken extends Error {
  override readonly name = 'LawBroken';
}

export function must(law: number, condition: unknown, what: string): asserts condition {
  if (!condition) throw new LawBroken(`law ${law}: ${what}`);
}
