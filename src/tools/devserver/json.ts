export type Fields = Readonly<Record<string, unknown>>;

/** The value of a JSON text; `undefined` for any other text. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The fields of an object; `null` for any other value. */
export function toObject(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
}

/** The same, without any field for any other value. */
export function fieldsOf(value: unknown): Fields {
  return toObject(value) ?? {};
}
