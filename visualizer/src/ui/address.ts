/* What is looked at is in the address, so that it survives a reload and can be passed on. */

export const readAddress = (name: string): string | null => new URLSearchParams(location.search).get(name);

export function writeAddress(name: string, value: string | null): void {
  const url = new URL(location.href);
  if (value === null) url.searchParams.delete(name);
  else url.searchParams.set(name, value);
  if (url.href !== location.href) history.replaceState(null, '', url);
}
