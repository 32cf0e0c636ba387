import type { SessionError } from 'sessionchart';

/** Completes "Trying again in 4 s, because …". */
export function whyWaiting(error: SessionError | null): string {
  switch (error?.code) {
    case 'connectionLost':
    case 'wentSilent':
      return 'the connection was lost';
    case 'rateLimited':
    case 'serverUnavailable':
      return 'the server is busy';
    case 'networkOffline':
      return 'the network was gone';
    case 'tokenUnavailable':
    case 'tokenTimedOut':
      return isUnreachable(error) ? 'the server cannot be reached' : 'your login could not be confirmed';
    case 'tokenInvalid':
    case 'tokenRejected':
    case 'tokenTooEarly':
      return 'your login could not be confirmed';
    default:
      return 'the server cannot be reached';
  }
}

/** `fetch` rejects with a TypeError when there was no response; by name, because frames have classes of their own. */
function isUnreachable(error: SessionError): boolean {
  for (let cause: unknown = error; typeof cause === 'object' && cause !== null; cause = (cause as Error).cause) {
    if ((cause as Error).name === 'TypeError') return true;
  }
  return error.code === 'tokenTimedOut';
}

/** Why no user is logged in, for the login form. */
export function whyLoggedOut(error: SessionError): string {
  switch (error.code) {
    case 'loggedOutElsewhere':
      return 'You have logged out in another tab.';
    case 'endedByServer':
      return 'The server has ended your session.';
    case 'userRejected':
      return 'The server does not let you in.';
    case 'tokenUnavailable':
    case 'tokenTimedOut':
      return isUnreachable(error)
        ? 'The server cannot be reached. Please try again in a moment.'
        : 'The server could not confirm your login. Please try again.';
    case 'userNotForgotten':
    case 'storageFailed':
    case 'storageTimedOut':
      return 'This browser could not be made to forget you. Please log in and out once more.';
    default:
      return 'That did not work. Please try again.';
  }
}
