/** What a provider returned in the place of a token. A production build leaves the texts out. */
export const MISTAKES = {
  tooLong: 'It is longer than 65,536 characters.',
  missing: 'It is the string "undefined" or the string "null": a missing value was turned into a string.',
  nothing: 'It is undefined, not a string: the endpoint has refused, perhaps, so look at the status of its response.',
  body: 'It is JSON: the body of a response was given, not the token in it.',
  refusal: 'It is JSON without a token: the endpoint has refused, perhaps.',
  bearer: 'It begins with "Bearer": only what follows is the token.',
  page: 'It is a web page.',
  notJwt: 'It is not a JWT: three parts separated by dots.',
  undecodable: 'It is not a JWT: a part of it cannot be decoded.',
  otherUser: 'It belongs to another user.',
} as const satisfies Record<string, string>;
