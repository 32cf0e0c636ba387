/*
 * What error messages say. A build for production leaves this out: the usual names and codes of errors are kept
 * in every build.
 */

export const WORDS: Readonly<Record<string, string>> = {
  a: 'a abort aborted about access address after again all already an and another api app are argument array as',
  a2: 'at attempt attempting auth authentication authorization',
  b: 'back backend bad be because before body broken busy by',
  c: "call called can't canceled cancelled cannot cause certificate changed channel class client close closed",
  c2: 'code configuration connect connection construct constructor content cookie could crashed credential credentials',
  d: 'data database defined denied device disabled disk does down due',
  e: 'empty end endpoint error exceeded exception exist exists expected expired',
  f: 'failed failure fetch file find for forbidden found from full function',
  g: 'gateway get getaddrinfo give given gone',
  h: 'had handshake hang has have header host http https',
  i: 'id in incorrect initiated input insecure instance instead interface internal invalid is it iterable',
  j: 'json',
  k: 'key',
  l: 'late later length limit load loaded local locked log login long lost',
  m: 'malformed many message missing module more must',
  n: 'name network never new no not nothing null number',
  o: 'object of off offline on online only open opened operation or other out over',
  p: 'page parse password path permission please post process promise properties property protocol provider proxy put',
  q: 'quota',
  r: 'range rate reached read reading ready refused rejected rejection repository request requests required',
  r2: 'reset resource response restored returned route',
  s: 'same save script sec-websocket-accept secret security select send sent server service session set setting sign signature',
  s2: 'signed size socket source space stack start state status still stopped storage store stored stream string',
  s3: 'such support supported syntax system',
  t: 'tab temporarily text that the there this time timed timeout to token too try trying type',
  u: 'unable unauthorized unavailable undefined unexpected unhandled unknown unreachable unreadable unsupported',
  u2: 'until up url use used user username',
  v: 'valid value version',
  w: 'wait was websocket when while will with within without write wrong',
  y: 'yet you your',
  engines:
    '--> assign assignment bigint character circle circular cloned closes column constant control convert converting',
  engines2: 'correctly cyclic decoded destructure do encoded extensible how illegal initialization invocation invoked',
  engines3:
    'json.stringify know line literal maximum much non-whitespace position reason recursion serialize serialized',
  engines4: 'signal starting structure structures uri variable',
  sockets: "altnames but cert's certificate's chain contains disconnected duplicated established first fragment frame",
  sockets2:
    'hostname/ip identifier issuer match max none one opening payload redirects requested secure self-signed specified',
  pages: 'allow-same-origin document flag indexeddb lacks localstorage sandboxed sessionstorage window',
  sockets3: "subprotocol tls tunneling url's verify !== 200",
  names: 'aggregateerror axioserror dataerror domexception evalerror fetcherror httperror invalidstateerror',
  names2: 'rangeerror referenceerror notallowederror notfounderror urierror',
  codes: 'eaddrinuse eai_again ebusy econnaborted eexist einval eisdir eloop emfile enametoolong enetdown enetunreach',
  codes2: 'ehostunreach eio enotdir eproto erofs err_invalid_url cert_has_expired depth_zero_self_signed_cert',
};
