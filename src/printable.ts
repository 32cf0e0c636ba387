/** What a terminal acts on instead of showing it, and what reorders or hides the text around it. */
export const ACTIVE = /[\p{Cc}\p{Cf}\u2028\u2029]+/gu;

/** `text` by others (an app's user id, a server's reason) in one line that a console can print. */
export function toOneLine(text: string): string {
  return text.replace(ACTIVE, ' ');
}
