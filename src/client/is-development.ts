/**
 * Whether this is a development build: everything that does not declare itself a production build is one. Written as
 * bundlers look for it, so that they put the value in; where there is neither a bundler nor a `process`, it is development.
 */
export function isDevelopment(): boolean {
  try {
    return process.env.NODE_ENV !== 'production';
  } catch {
    return true;
  }
}
