/** A broken law. */
export class LawViolation extends Error {
  override readonly name = 'LawViolation';
}

export function must(law: number, condition: unknown, what: string): asserts condition {
  if (!condition) throw new LawViolation(`law ${law}: ${what}`);
}
