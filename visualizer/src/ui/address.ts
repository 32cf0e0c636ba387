/* What is looked at is in the address, so that it survives a reload and can be passed on. */

export const readAddress = (name: string): string | null => new URLSearchParams(location.search).get(name);

export function writeAddress(name: string, value: string | null): void {
  const url = addressWith(name, value);
  if (url !== location.href) history.replaceState(null, '', url);
}

/** The same for a place that the browser's back button leads back from. No entry of a timeline is looked at there. */
export function visit(name: string, value: string): void {
  if (readAddress(name) === value) return;
  history.pushState(null, '', addressWith(name, value));
  writeAddress('entry', null);
}

function addressWith(name: string, value: string | null): string {
  const url = new URL(location.href);
  if (value === null) url.searchParams.delete(name);
  else url.searchParams.set(name, value);
  return url.href;
}
