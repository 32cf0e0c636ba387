/*
 * The stack of an error has positions in the sources, and thousands are read: a client describes the errors that it is
 * given. Each frame is looked up in the source maps once, in place of every time.
 */

type Format = NonNullable<typeof Error.prepareStackTrace>;

const NAMELESS = { name: 'Error', message: '' };

function remembering(format: Format): Format {
  const heading = String(format(NAMELESS, []));
  const lines = new Map<string, string>();
  const lineOf = (frame: NodeJS.CallSite): string => {
    const unmapped = String(frame);
    const line = lines.get(unmapped) ?? String(format(NAMELESS, [frame])).slice(heading.length);
    lines.set(unmapped, line);
    return line;
  };
  return (error, frames) => `${format(error, [])}${frames.map(lineOf).join('')}`;
}

// Files of one worker share it.
const shared = globalThis as { sessionchartFormat?: Format };
if (Error.prepareStackTrace !== undefined && Error.prepareStackTrace !== shared.sessionchartFormat) {
  shared.sessionchartFormat = remembering(Error.prepareStackTrace);
  Error.prepareStackTrace = shared.sessionchartFormat;
}
