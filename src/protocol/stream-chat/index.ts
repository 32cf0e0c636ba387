import { APP_CHECKS } from '../../app-options.ts';
import { assertFit, readMembers } from '../../input.ts';
import { jwtTokens } from '../../token/jwt.ts';
import type { FailedResponse, Login, Protocol, ProtocolConnection, ProtocolGuests, ProtocolHttp } from '../protocol.ts';
import type { Verdict } from '../verdict.ts';
import { verdictOf } from './classify.ts';
import { connectUrl } from './connect-url.ts';
import { decode, encodePing } from './frames.ts';
import { callHeaders, callUrl, createGuest, RESERVED, readGuest, readHttpError } from './http.ts';

export interface StreamChatOptions {
  /** The key of the app at the backend. */
  readonly apiKey: string;
  /** `http(s)://host[:port][/path]`. Default `https://chat.stream-io-api.com`. */
  readonly baseUrl?: string | undefined;
  /** What the client calls itself to the backend (`X-Stream-Client`). Default `sessionchart`. */
  readonly clientName?: string | undefined;
}

/** Where a call goes, and as which app; `baseUrl` is without a trailing slash. */
export type StreamChatApp = Readonly<Record<keyof StreamChatOptions, string>>;

export type StreamChat = Protocol & {
  readonly http: ProtocolHttp;
  readonly guests: ProtocolGuests;
  readonly anonymous: { readonly userId: string };
};

/**
 * Stream Chat's protocol, which a client speaks when no other one is given.
 *
 * @throws SessionError `invalidArgument` that names the option.
 */
export function streamChat(options: StreamChatOptions): StreamChat {
  const {
    apiKey,
    baseUrl = 'https://chat.stream-io-api.com',
    clientName = 'sessionchart',
  } = readMembers<StreamChatOptions>(options, APP_CHECKS);
  assertFit('apiKey', apiKey, APP_CHECKS.apiKey);
  const app: StreamChatApp = { apiKey, baseUrl: baseUrl.replace(/\/+$/, ''), clientName };
  return {
    name: 'stream-chat',
    connect: (login) => connect(app, login),
    checkToken,
    http: {
      readError: readCallError,
      reserved: RESERVED,
      address: (call) => ({ url: callUrl(app, call), headers: callHeaders(app, call) }),
    },
    guests: {
      readError,
      create: (user) => createGuest(app, user),
      read: readGuest,
    },
    // The backend's id of every anonymous user.
    anonymous: { userId: '!anon' },
  };
}

const checkToken = /* @__PURE__ */ jwtTokens({ userClaim: 'user_id' });

const readError = (response: FailedResponse) => verdictOf(readHttpError(response));

/** A 401 without a code is a gateway's: it may only find the token of the call too old. */
function readCallError(response: FailedResponse): Verdict {
  const verdict = readError(response);
  return response.status === 401 && verdict.code === undefined ? { ...verdict, meaning: 'tokenExpired' } : verdict;
}

function connect(app: StreamChatApp, login: Login): ProtocolConnection {
  /** Made by the first ping. */
  let clientId: string | undefined;
  return {
    url: connectUrl(app, login),
    decode,
    ping() {
      clientId ??= `${login.identity.user.id}--${login.createId()}`;
      return encodePing(clientId);
    },
  };
}
