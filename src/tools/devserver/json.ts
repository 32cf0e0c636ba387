import { isObject } from '../../input.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** The value of a JSON text; `undefined` for any other text. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The fields of an object; none for any other value. */
export const fieldsOf = (value: unknown): Fields => (isObject(value) ? value : {});
