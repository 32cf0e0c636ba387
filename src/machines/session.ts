import { sessionSetup } from './implementation.ts';

/*
 * The session of a realtime client.
 *
 *        ┌──────────┐  nobody   ┌───────────┐ ◄──────────────── closed ─────┐
 *   ───► │restoring │ ────────► │ loggedOut │                               │
 *        └────┬─────┘           └─────┬─────┘                               │
 *             │ found                 │ connect                             │
 *             ▼                       ▼                                     │
 *        ┌─────────────────────────────────┐   disconnect, refused  ┌───────┴───────┐
 *        │          loadingToken           │ ─────────────────────► │ disconnecting │
 *        └──┬───────────────────▲──────────┘     (from everywhere)  │  forgetting   │
 *    loaded │                   │ token refused, or none held       │  closing      │
 *           ▼                   │                                   └───────────────┘
 *        ┌──────────────────────┴──────────┐
 *        │ connecting: opening, waiting,   │
 *        │             offline, suspended  │
 *        └──┬───────────────────▲──────────┘
 *     hello ▼                   │ lost
 *        ┌──────────────────────┴──────────┐
 *        │ connected: healthy, probing     │
 *        └─────────────────────────────────┘
 *
 * What it keeps, whatever the order of events, late and duplicate ones included:
 *
 *  1. One socket.             A client never has two sockets open, opening or closing.
 *  2. Quiet when out.         `loggedOut` has no socket, timer, listener or load. It is entered from `restoring`, which
 *                             has none of them either, and from `disconnecting`, which ends them: from nowhere else.
 *  3. Every call settles.     Each answer is an emitted fact; `disconnecting` and `restoring` are bounded by timers.
 *  4. No ghost.               A fact of a superseded attempt meets `isStale`; a new login keeps nothing of the last.
 *  5. Disconnect wins.        `session.disconnect` leaves every state, and `disconnecting` is left within a bound.
 *  6. Logged out stays out.   The stored user is removed before anything else happens.
 *  7. Nobody is lost.         Only `forgetting` removes, and only a logout or the refusal of that user leads there.
 *  8. It comes back.          Every state of `connecting` but `suspended` has a timer; every failure draws a delay.
 *  9. Tokens stay put.        Events and context hold a number, `key`, in the place of a token source.
 * 10. No lies.                `connected` is entered by `hello.received` of the current attempt only.
 * 11. Others' faults.         No app code runs in here; guards and actions are pure and do not throw.
 *
 * There is no `invoke`, `after`, `always`, `parallel`, `final` and `onDone`: every cause of a transition is one plain
 * event. A first branch `isStale` without a target drops the fact, and can be counted by tests like any other branch.
 */
export const sessionMachine = sessionSetup.createMachine({
  id: 'session',
  description: 'The session lifecycle of a realtime client: log in, connect, stay connected, restore, log out.',
  context: ({ input }) => ({
    timing: input.timing,
    restorable: input.restorable,
    random: input.seed | 0,
    identity: null,
    key: 0,
    next: null,
    origin: 'login',
    attempt: 0,
    storageAttempt: 0,
    token: 'none',
    tokenReason: 'login',
    refusals: 0,
    connectionId: null,
    storedUserId: null,
    save: 'settled',
    storageFailure: null,
    online: input.online,
    presence: input.foreground ? 'foreground' : 'background',
    failures: 0,
    pace: 'free',
    delayMs: 0,
    floorMs: 0,
    cause: 'starting',
    failure: null,
    forget: 'nobody',
    forgotten: 'no',
  }),
  entry: ['spawnClient', 'spawnPersistence'],
  initial: 'restoring',
  states: {
    restoring: {
      description: 'Storage is being asked who was logged in.',
      tags: ['busy'],
      entry: ['startRestoreTimer'],
      exit: ['cancelRestoreTimer'],
      on: {
        'persistence.started': {
          target: 'restoring',
          reenter: true,
          actions: ['nextStorageAttempt', 'loadUser'],
          description: 'Storage is ready: ask it.',
        },
        'user.found': [
          { guard: 'isStaleRecord', description: 'An answer to an older question.' },
          {
            guard: 'hasTokenSourceButSuspended',
            target: 'connecting.suspended',
            actions: ['beginRestored', 'watchStore', 'emitRestored', 'noteAway'],
            description: 'Somebody is stored; the app is away.',
          },
          {
            guard: 'hasTokenSourceButOffline',
            target: 'connecting.offline',
            actions: ['beginRestored', 'watchStore', 'emitRestored', 'drawSlowRetry'],
            description: 'Somebody is stored; without a network nothing is asked.',
          },
          {
            guard: 'hasTokenSource',
            target: 'loadingToken',
            actions: ['beginRestored', 'watchStore', 'emitRestored'],
            description: 'Somebody is stored: log them in again.',
          },
          {
            target: 'loggedOut',
            actions: ['noteNoTokenSource', 'emitNobodyRestored'],
            description: 'Somebody is stored, but there is no token source for them.',
          },
        ],
        'user.missing': [
          { guard: 'isStaleRecord', description: 'An answer to an older question.' },
          {
            target: 'loggedOut',
            actions: ['noteNobodyStored', 'emitNobodyRestored'],
            description: 'Nobody is stored.',
          },
        ],
        'user.unreadable': [
          { guard: 'isStaleRecord', description: 'An answer to an older question.' },
          {
            target: 'loggedOut',
            actions: ['noteLost', 'emitNobodyRestored'],
            description: 'Storage failed; the session works without it.',
          },
        ],
        'restore.timedOut': {
          target: 'loggedOut',
          actions: ['noteLost', 'emitNobodyRestored'],
          description: 'Storage did not answer in time.',
        },
        'session.connect': [
          {
            guard: 'isConnectOffline',
            target: 'connecting.offline',
            actions: ['beginLogin', 'watchStore', 'emitAccepted', 'emitRestored', 'drawSlowRetry'],
            description: 'The app logs in before storage answered; without a network nothing is asked.',
          },
          {
            guard: 'isConnectAnonymous',
            target: 'connecting.opening',
            actions: ['beginLogin', 'watchStore', 'emitAccepted', 'emitRestored'],
            description: 'The app logs in anonymously before storage answered.',
          },
          {
            target: 'loadingToken',
            actions: ['beginLogin', 'watchStore', 'emitAccepted', 'emitRestored'],
            description: 'The app logs in before storage answered.',
          },
        ],
        'session.disconnect': [
          {
            guard: 'isForgetting',
            target: 'disconnecting.forgetting',
            actions: ['noteEnd', 'forgetEveryone', 'emitNobodyRestored'],
            description: 'Logged out before storage answered.',
          },
          {
            target: 'disconnecting.closing',
            actions: ['noteEnd', 'emitNobodyRestored'],
            description: 'Ended before storage answered, and whoever is stored stays.',
          },
        ],
        'session.suspend': {
          actions: ['noteSuspended'],
          description: 'No socket may be opened until the app returns.',
        },
        'session.resume': { actions: ['noteResumed'], description: 'The app is back.' },
        'network.wentOffline': { actions: ['noteOffline'], description: 'The device has no network.' },
        'network.cameOnline': { actions: ['noteOnline'], description: 'The device has a network.' },
        'app.wentToBackground': { actions: ['noteBackground'], description: 'Nobody looks at the app.' },
        'app.cameToForeground': { actions: ['noteForeground'], description: 'Somebody looks at the app.' },
      },
    },

    loggedOut: {
      description: 'Nobody is logged in: no socket, no timer, no work in flight.',
      tags: ['idle'],
      entry: ['noteLoggedOut'],
      on: {
        'session.connect': [
          {
            guard: 'isConnectOffline',
            target: 'connecting.offline',
            actions: ['beginLogin', 'watchStore', 'emitAccepted', 'drawSlowRetry'],
            description: 'The app logs in; without a network nothing is asked.',
          },
          {
            guard: 'isConnectAnonymous',
            target: 'connecting.opening',
            actions: ['beginLogin', 'watchStore', 'emitAccepted'],
            description: 'The app logs in anonymously: no token is needed.',
          },
          {
            target: 'loadingToken',
            actions: ['beginLogin', 'watchStore', 'emitAccepted'],
            description: 'The app logs in.',
          },
        ],
        'session.restore': {
          target: 'restoring',
          actions: ['beginRestoring', 'nextStorageAttempt', 'loadUser'],
          description: 'The app asks once more who is stored.',
        },
        'session.disconnect': [
          {
            guard: 'isForgetting',
            target: 'disconnecting.forgetting',
            actions: ['noteEnd', 'forgetEveryone'],
            description: 'Logging out again removes whoever is stored.',
          },
          { target: 'disconnecting.closing', actions: ['noteEnd'], description: 'There is nothing to end.' },
        ],
      },
    },

    loadingToken: {
      description: 'The token source is being asked.',
      tags: ['busy', 'running'],
      entry: ['nextAttempt', 'loadToken', 'startTokenTimer'],
      exit: ['cancelTokenTimer'],
      on: {
        'token.loaded': [
          { guard: 'isStale', description: 'A token that nobody waits for any more.' },
          {
            guard: 'isSuspended',
            target: 'connecting.suspended',
            actions: ['holdToken', 'noteAway'],
            description: 'The token is there; the socket waits for the app to return.',
          },
          { target: 'connecting.opening', actions: ['holdToken'], description: 'The token is there.' },
        ],
        'token.failed': [
          { guard: 'isStale', description: 'A failure that nobody waits for any more.' },
          {
            guard: 'isHopeless',
            target: 'disconnecting.closing',
            actions: ['noteEnd'],
            description: 'The same source can only give the same bad token; the stored user is kept.',
          },
          {
            guard: 'waitsSuspended',
            target: 'connecting.suspended',
            actions: ['countFailure'],
            description: 'Asked again when the app returns.',
          },
          {
            guard: 'isOffline',
            target: 'connecting.offline',
            actions: ['countFailure', 'drawSlowRetry'],
            description: 'No wonder without a network.',
          },
          {
            guard: 'isExistingSession',
            target: 'connecting.waiting',
            actions: ['countFailure', 'drawBackoff'],
            description: 'An existing session asks again later.',
          },
          {
            target: 'disconnecting.closing',
            actions: ['noteEnd'],
            description: 'A first login fails; storage is left alone.',
          },
        ],
        'token.timedOut': [
          {
            guard: 'waitsSuspended',
            target: 'connecting.suspended',
            actions: ['abortToken', 'countFailure'],
            description: 'Asked again when the app returns.',
          },
          {
            guard: 'isOffline',
            target: 'connecting.offline',
            actions: ['abortToken', 'countFailure', 'drawSlowRetry'],
            description: 'No wonder without a network.',
          },
          {
            guard: 'isExistingSession',
            target: 'connecting.waiting',
            actions: ['abortToken', 'countFailure', 'drawBackoff'],
            description: 'An existing session asks again later.',
          },
          {
            target: 'disconnecting.closing',
            actions: ['noteEnd'],
            description: 'A first login fails; storage is left alone.',
          },
        ],
        'client.started': {
          target: 'loadingToken',
          reenter: true,
          description: 'The client actor is new: ask once more.',
        },
        'session.connect': [
          {
            guard: 'isOtherUser',
            actions: ['emitRefused'],
            description: 'Another user is being logged in; that goes on untouched.',
          },
          {
            guard: 'bringsSource',
            target: 'loadingToken',
            reenter: true,
            actions: ['joinLogin', 'emitAccepted'],
            description: 'The same user with a new token source: ask that one.',
          },
          { actions: ['joinLogin', 'emitAccepted'], description: 'The same user: join.' },
        ],
        'session.disconnect': [
          {
            guard: 'isForgetting',
            target: 'disconnecting.forgetting',
            actions: ['noteEnd', 'forgetEveryone'],
            description: 'Log out.',
          },
          { target: 'disconnecting.closing', actions: ['noteEnd'], description: 'End, and keep the stored user.' },
        ],
        'user.changedElsewhere': {
          guard: 'isOusted',
          target: 'disconnecting.closing',
          actions: ['noteEnd'],
          description: 'Logged out elsewhere: end here, and leave storage alone.',
        },
        'user.found': {
          guard: 'isRecordOfThisUser',
          actions: ['noteExisting'],
          description: 'A late record can only say that this session exists already.',
        },
        'user.saved': [
          { guard: 'isStaleRecord', description: 'An answer to an older command.' },
          { actions: ['noteSaved'], description: 'The user is stored.' },
        ],
        'user.notSaved': [
          { guard: 'isStaleRecord', description: 'An answer to an older command.' },
          { actions: ['noteNotSaved'], description: 'The session works, but will not be restored.' },
        ],
        'persistence.started': [
          {
            guard: 'isSaveUnanswered',
            actions: ['nextStorageAttempt', 'saveUser', 'watchStore'],
            description: 'The persistence actor is new, and did not finish: store the user again.',
          },
          { actions: ['watchStore'], description: 'The persistence actor is new: watch again.' },
        ],
        'session.suspend': {
          actions: ['noteSuspended'],
          description: 'The load goes on: a login page sends an app to the background.',
        },
        'session.resume': { actions: ['noteResumed'], description: 'The app is back.' },
        'network.wentOffline': [
          {
            guard: 'isSuspended',
            target: 'connecting.suspended',
            actions: ['abortToken', 'noteOffline', 'noteAway'],
            description: 'Without a network nothing is asked; asked again when the app returns.',
          },
          {
            target: 'connecting.offline',
            actions: ['abortToken', 'noteOffline', 'noteLost', 'drawSlowRetry'],
            description: 'Without a network nothing is asked.',
          },
        ],
        'network.cameOnline': { actions: ['noteOnline'], description: 'The device has a network.' },
        'app.wentToBackground': { actions: ['noteBackground'], description: 'Nobody looks at the app.' },
        'app.cameToForeground': { actions: ['noteForeground'], description: 'Somebody looks at the app.' },
      },
    },

    connecting: {
      description: 'A socket is being opened, or will be.',
      tags: ['running'],
      initial: 'opening',
      on: {
        'session.connect': [
          {
            guard: 'isOtherUser',
            actions: ['emitRefused'],
            description: 'Another user is being logged in; that goes on untouched.',
          },
          {
            guard: 'bringsSource',
            actions: ['joinLogin', 'adoptSource', 'emitAccepted'],
            description: 'The same user: join; the new token source is asked next time.',
          },
          { actions: ['joinLogin', 'emitAccepted'], description: 'The same user: join.' },
        ],
        'session.disconnect': [
          {
            guard: 'isForgetting',
            target: 'disconnecting.forgetting',
            actions: ['noteEnd', 'forgetEveryone'],
            description: 'Log out.',
          },
          { target: 'disconnecting.closing', actions: ['noteEnd'], description: 'End, and keep the stored user.' },
        ],
        'user.changedElsewhere': {
          guard: 'isOusted',
          target: 'disconnecting.closing',
          actions: ['noteEnd'],
          description: 'Logged out elsewhere: end here, and leave storage alone.',
        },
        'user.found': {
          guard: 'isRecordOfThisUser',
          actions: ['noteExisting'],
          description: 'A late record can only say that this session exists already.',
        },
        'user.saved': [
          { guard: 'isStaleRecord', description: 'An answer to an older command.' },
          { actions: ['noteSaved'], description: 'The user is stored.' },
        ],
        'user.notSaved': [
          { guard: 'isStaleRecord', description: 'An answer to an older command.' },
          { actions: ['noteNotSaved'], description: 'The session works, but will not be restored.' },
        ],
        'persistence.started': [
          {
            guard: 'isSaveUnanswered',
            actions: ['nextStorageAttempt', 'saveUser', 'watchStore'],
            description: 'The persistence actor is new, and did not finish: store the user again.',
          },
          { actions: ['watchStore'], description: 'The persistence actor is new: watch again.' },
        ],
        'app.wentToBackground': { actions: ['noteBackground'], description: 'Nobody looks at the app.' },
        'app.cameToForeground': { actions: ['noteForeground'], description: 'Somebody looks at the app.' },
        'network.wentOffline': { actions: ['noteOffline'], description: 'The device has no network.' },
        'network.cameOnline': { actions: ['noteOnline'], description: 'The device has a network.' },
      },
      states: {
        opening: {
          description: 'A socket is open or opening, and the hello is awaited.',
          tags: ['busy'],
          entry: ['nextAttempt', 'openSocket', 'startHelloTimer'],
          exit: ['cancelHelloTimer'],
          on: {
            'hello.received': [
              { guard: 'isStale', description: 'The hello of a socket that was given up.' },
              {
                guard: 'isFirstHello',
                target: '#session.connected',
                actions: ['noteHello', 'dueSave', 'nextStorageAttempt', 'saveUser', 'emitConnected'],
                description: 'Logged in: the user is stored now.',
              },
              {
                target: '#session.connected',
                actions: ['noteHello', 'emitConnected'],
                description: 'Connected again; storage is left alone.',
              },
            ],
            'hello.timedOut': [
              {
                guard: 'isOffline',
                target: 'offline',
                actions: ['closeSocket', 'countFailure', 'drawSlowRetry'],
                description: 'No wonder without a network.',
              },
              {
                target: 'waiting',
                actions: ['closeSocket', 'countFailure', 'drawBackoff'],
                description: 'Open is not connected: give the socket up.',
              },
            ],
            'socket.lost': [
              { guard: 'isStale', description: 'The end of a socket that was given up.' },
              {
                guard: 'isOffline',
                target: 'offline',
                actions: ['countFailure', 'drawSlowRetry'],
                description: 'No wonder without a network.',
              },
              { target: 'waiting', actions: ['countFailure', 'drawBackoff'], description: 'Try again later.' },
            ],
            'token.refused': [
              { guard: 'isStale', description: 'An answer to a socket that was given up.' },
              {
                guard: 'isNotRenewable',
                target: '#session.disconnecting.closing',
                actions: ['noteEnd'],
                description: 'A static token cannot be replaced; the stored user is kept.',
              },
              {
                guard: 'isThirdRefusal',
                target: '#session.disconnecting.closing',
                actions: ['noteEnd'],
                description: 'The third bad token in a row: log in again; the stored user is kept.',
              },
              {
                guard: 'isSecondRefusal',
                target: 'waiting',
                actions: ['countFailure', 'countRefusal', 'drawBackoff'],
                description: 'The new token is as bad: wait before asking again.',
              },
              {
                target: '#session.loadingToken',
                actions: ['countRefusal'],
                description: 'The token has served its time: ask for another at once.',
              },
            ],
            'token.tooEarly': [
              { guard: 'isStale', description: 'An answer to a socket that was given up.' },
              {
                target: 'waiting',
                actions: ['countFailure', 'dropToken', 'drawBackoff'],
                description: 'The clocks disagree: time heals that.',
              },
            ],
            'app.refused': [
              { guard: 'isStale', description: 'An answer to a socket that was given up.' },
              {
                target: '#session.disconnecting.closing',
                actions: ['noteEnd'],
                description: 'The app is refused, not the user: the stored user is kept.',
              },
            ],
            'user.refused': [
              { guard: 'isStale', description: 'An answer to a socket that was given up.' },
              {
                target: '#session.disconnecting.forgetting',
                actions: ['noteEnd', 'forgetThisUser'],
                description: 'The user is refused for good, and forgotten.',
              },
            ],
            'server.ended': [
              { guard: 'isStale', description: 'The end of a socket that was given up.' },
              {
                target: '#session.disconnecting.closing',
                actions: ['noteEnd'],
                description: 'The server asks not to come back; the stored user is kept.',
              },
            ],
            'client.started': [
              {
                guard: 'canOpenAnonymously',
                target: 'opening',
                reenter: true,
                description: 'The client actor is new: open once more.',
              },
              {
                target: '#session.loadingToken',
                actions: ['dropToken'],
                description: 'The client actor is new, and holds no token.',
              },
            ],
            'session.suspend': {
              target: 'suspended',
              actions: ['closeSocket', 'noteSuspended', 'noteAway'],
              description: 'No socket until the app returns.',
            },
            'network.wentOffline': {
              target: 'offline',
              actions: ['closeSocket', 'noteOffline', 'noteLost', 'drawSlowRetry'],
              description: 'The attempt is doomed.',
            },
          },
        },

        waiting: {
          description: 'The last attempt failed, and the next one is not due yet.',
          tags: ['waiting'],
          entry: ['startRetryTimer'],
          exit: ['cancelRetryTimer'],
          on: {
            'retry.due': [
              { guard: 'canOpen', target: 'opening', actions: ['serveWait'], description: 'Try again.' },
              {
                target: '#session.loadingToken',
                actions: ['serveWait'],
                description: 'Try again, with a token to be had first.',
              },
            ],
            'session.retryNow': {
              guard: 'mayRetryNow',
              target: 'waiting',
              reenter: true,
              actions: ['drawHurriedRetry'],
              description: 'Somebody asked for it: wait a moment only.',
            },
            'session.connect': {
              guard: 'bringsToken',
              target: '#session.loadingToken',
              actions: ['joinLogin', 'emitAccepted'],
              description: 'What was missing is a usable token, and here is a new source of one.',
            },
            'network.wentOffline': {
              target: 'offline',
              actions: ['noteOffline', 'noteLost', 'drawSlowRetry'],
              description: 'Without a network nothing is asked.',
            },
            'network.cameOnline': [
              {
                guard: 'mayHurry',
                target: 'waiting',
                reenter: true,
                actions: ['noteOnline', 'drawHurriedRetry'],
                description: 'The network is back: wait a moment only.',
              },
              { actions: ['noteOnline'], description: 'The wait was cut short before, or the server asked for it.' },
            ],
            'app.cameToForeground': [
              {
                guard: 'mayHurry',
                target: 'waiting',
                reenter: true,
                actions: ['noteForeground', 'drawHurriedRetry'],
                description: 'Somebody looks at the app: wait a moment only.',
              },
              {
                actions: ['noteForeground'],
                description: 'The wait was cut short before, or the server asked for it.',
              },
            ],
            'device.woke': {
              guard: 'mayHurry',
              target: 'waiting',
              reenter: true,
              actions: ['drawHurriedRetry'],
              description: 'The device is awake: wait a moment only.',
            },
            'session.suspend': {
              target: 'suspended',
              actions: ['noteSuspended', 'noteAway'],
              description: 'No attempt until the app returns.',
            },
            'client.started': {
              target: 'waiting',
              reenter: true,
              actions: ['dropToken'],
              description: 'The client actor is new, and holds no token.',
            },
          },
        },

        offline: {
          description: 'The device says it has no network; now and then it is tried all the same.',
          tags: ['waiting'],
          entry: ['startRetryTimer'],
          exit: ['cancelRetryTimer'],
          on: {
            'retry.due': [
              { guard: 'canOpen', target: 'opening', actions: ['serveWait'], description: 'Try all the same.' },
              {
                target: '#session.loadingToken',
                actions: ['serveWait'],
                description: 'Try all the same, with a token to be had first.',
              },
            ],
            'session.retryNow': {
              guard: 'mayRetryNow',
              target: 'waiting',
              actions: ['drawHurriedRetry'],
              description: 'Somebody asked for it: wait a moment only.',
            },
            'session.connect': {
              guard: 'isThisUserBackOnline',
              target: 'waiting',
              actions: ['joinLogin', 'adoptSource', 'emitAccepted', 'drawHurriedRetry'],
              description: 'The same user, and the device has a network again.',
            },
            'network.cameOnline': [
              {
                guard: 'isUnhurried',
                target: 'waiting',
                actions: ['noteOnline', 'drawHurriedRetry'],
                description: 'The network is back: wait a moment only.',
              },
              {
                target: 'waiting',
                actions: ['noteOnline', 'drawBackoff'],
                description: 'The network flaps: wait in full.',
              },
            ],
            'app.cameToForeground': [
              {
                guard: 'isUnhurried',
                target: 'waiting',
                actions: ['noteForeground', 'drawHurriedRetry'],
                description: 'Somebody looks at the app: try, for the device may be mistaken.',
              },
              {
                actions: ['noteForeground'],
                description: 'The wait was cut short before.',
              },
            ],
            'device.woke': {
              guard: 'isUnhurried',
              target: 'waiting',
              actions: ['drawHurriedRetry'],
              description: 'The device is awake: try, for it may be mistaken.',
            },
            'session.suspend': {
              target: 'suspended',
              actions: ['noteSuspended', 'noteAway'],
              description: 'No attempt until the app returns.',
            },
            'client.started': {
              target: 'offline',
              reenter: true,
              actions: ['dropToken'],
              description: 'The client actor is new, and holds no token.',
            },
          },
        },

        suspended: {
          description: 'The app is away: no socket, no timer; the session stays.',
          tags: ['waiting'],
          on: {
            'session.resume': [
              {
                guard: 'isOffline',
                target: 'offline',
                actions: ['noteResumed', 'drawSlowRetry'],
                description: 'The app is back, the network is not.',
              },
              {
                guard: 'hasFailedUnhurried',
                target: 'waiting',
                actions: ['noteResumed', 'drawHurriedRetry'],
                description: 'The app is back; attempts failed before: wait a moment only.',
              },
              {
                guard: 'hasFailed',
                target: 'waiting',
                actions: ['noteResumed', 'drawBackoff'],
                description: 'The app is back; the wait was cut short before.',
              },
              {
                guard: 'canOpen',
                target: 'opening',
                actions: ['noteResumed'],
                description: 'The app is back: connect.',
              },
              {
                target: '#session.loadingToken',
                actions: ['noteResumed'],
                description: 'The app is back: get a token, then connect.',
              },
            ],
            'session.connect': [
              {
                guard: 'isThisUserOffline',
                target: 'offline',
                actions: ['joinLogin', 'adoptSource', 'emitAccepted', 'drawSlowRetry'],
                description: 'The app is back, the network is not.',
              },
              {
                guard: 'isThisUserUnhurried',
                target: 'waiting',
                actions: ['joinLogin', 'adoptSource', 'emitAccepted', 'drawHurriedRetry'],
                description: 'The app is back; attempts failed before: wait a moment only.',
              },
              {
                guard: 'isThisUserFailing',
                target: 'waiting',
                actions: ['joinLogin', 'adoptSource', 'emitAccepted', 'drawBackoff'],
                description: 'The app is back; the wait was cut short before.',
              },
              {
                guard: 'isThisUserWithToken',
                target: 'opening',
                actions: ['joinLogin', 'adoptSource', 'emitAccepted'],
                description: 'The app is back: connect.',
              },
              {
                guard: 'isThisUser',
                target: '#session.loadingToken',
                actions: ['joinLogin', 'emitAccepted'],
                description: 'The app is back: get a token, then connect.',
              },
            ],
            'client.started': { actions: ['dropToken'], description: 'The client actor is new, and holds no token.' },
          },
        },
      },
    },

    connected: {
      description: 'The hello was received, and frames flow.',
      tags: ['online', 'running'],
      initial: 'healthy',
      entry: ['startStableTimer'],
      exit: ['cancelStableTimer'],
      on: {
        'hello.received': [
          { guard: 'isStale', description: 'The hello of a socket that was given up.' },
          { actions: ['noteHello'], description: 'The server gave the connection another id.' },
        ],
        'connection.becameStable': {
          actions: ['noteStable'],
          description: 'It lasts: the next failure starts from the shortest wait.',
        },
        'socket.lost': [
          { guard: 'isStale', description: 'The end of a socket that was given up.' },
          {
            guard: 'isOffline',
            target: 'connecting.offline',
            actions: ['countFailure', 'drawSlowRetry'],
            description: 'No wonder without a network.',
          },
          {
            target: 'connecting.waiting',
            actions: ['countFailure', 'drawBackoff'],
            description: 'Dropped: come back, but not all at the same moment.',
          },
        ],
        'token.refused': [
          { guard: 'isStale', description: 'An answer to a socket that was given up.' },
          {
            guard: 'isNotRenewable',
            target: 'disconnecting.closing',
            actions: ['noteEnd'],
            description: 'A static token cannot be replaced; the stored user is kept.',
          },
          {
            guard: 'isThirdRefusal',
            target: 'disconnecting.closing',
            actions: ['noteEnd'],
            description: 'The third bad token in a row: log in again; the stored user is kept.',
          },
          {
            guard: 'isSecondRefusal',
            target: 'connecting.waiting',
            actions: ['countFailure', 'countRefusal', 'drawBackoff'],
            description: 'The new token is as bad: wait before asking again.',
          },
          {
            target: 'loadingToken',
            actions: ['countRefusal'],
            description: 'The token has served its time: ask for another at once.',
          },
        ],
        'token.tooEarly': [
          { guard: 'isStale', description: 'An answer to a socket that was given up.' },
          {
            target: 'connecting.waiting',
            actions: ['countFailure', 'dropToken', 'drawBackoff'],
            description: 'The clocks disagree: time heals that.',
          },
        ],
        'app.refused': [
          { guard: 'isStale', description: 'An answer to a socket that was given up.' },
          {
            target: 'disconnecting.closing',
            actions: ['noteEnd'],
            description: 'The app is refused, not the user: the stored user is kept.',
          },
        ],
        'user.refused': [
          { guard: 'isStale', description: 'An answer to a socket that was given up.' },
          {
            target: 'disconnecting.forgetting',
            actions: ['noteEnd', 'forgetThisUser'],
            description: 'The user is refused for good, and forgotten.',
          },
        ],
        'server.ended': [
          { guard: 'isStale', description: 'The end of a socket that was given up.' },
          {
            target: 'disconnecting.closing',
            actions: ['noteEnd'],
            description: 'The server asks not to come back; the stored user is kept.',
          },
        ],
        'client.started': {
          target: 'connecting.waiting',
          actions: ['countFailure', 'dropToken', 'drawBackoff'],
          description: 'The client actor is new, and holds neither token nor socket.',
        },
        'session.connect': [
          {
            guard: 'isOtherUser',
            actions: ['emitRefused'],
            description: 'Another user is logged in; their session goes on untouched.',
          },
          {
            guard: 'bringsSource',
            actions: ['joinLogin', 'adoptSource', 'emitAccepted'],
            description: 'The same user: join; the new token source is asked next time.',
          },
          { actions: ['joinLogin', 'emitAccepted'], description: 'The same user: join.' },
        ],
        'session.disconnect': [
          {
            guard: 'isForgetting',
            target: 'disconnecting.forgetting',
            actions: ['noteEnd', 'forgetEveryone'],
            description: 'Log out.',
          },
          { target: 'disconnecting.closing', actions: ['noteEnd'], description: 'End, and keep the stored user.' },
        ],
        'session.suspend': {
          target: 'connecting.suspended',
          actions: ['closeSocket', 'noteSuspended', 'noteAway'],
          description: 'No socket until the app returns.',
        },
        'user.changedElsewhere': {
          guard: 'isOusted',
          target: 'disconnecting.closing',
          actions: ['noteEnd'],
          description: 'Logged out elsewhere: end here, and leave storage alone.',
        },
        'user.saved': [
          { guard: 'isStaleRecord', description: 'An answer to an older command.' },
          { actions: ['noteSaved'], description: 'The user is stored.' },
        ],
        'user.notSaved': [
          { guard: 'isStaleRecord', description: 'An answer to an older command.' },
          { actions: ['noteNotSaved'], description: 'The session works, but will not be restored.' },
        ],
        'persistence.started': [
          {
            guard: 'isSaveUnanswered',
            actions: ['nextStorageAttempt', 'saveUser', 'watchStore'],
            description: 'The persistence actor is new, and did not finish: store the user again.',
          },
          { actions: ['watchStore'], description: 'The persistence actor is new: watch again.' },
        ],
        'app.wentToBackground': { actions: ['noteBackground'], description: 'Nobody looks at the app.' },
      },
      states: {
        healthy: {
          description: 'Frames were heard lately.',
          on: {
            'socket.wentQuiet': [
              { guard: 'isStale', description: 'A socket that was given up.' },
              { target: 'probing', description: 'Nothing was heard for a while: ask.' },
            ],
            'network.wentOffline': {
              target: 'probing',
              actions: ['noteOffline'],
              description: 'The device says so; ask the server before believing it.',
            },
            'network.cameOnline': {
              target: 'probing',
              actions: ['noteOnline'],
              description: 'Another network perhaps: ask whether the socket survived.',
            },
            'app.cameToForeground': {
              target: 'probing',
              actions: ['noteForeground'],
              description: 'Somebody looks at the app: make sure.',
            },
            'device.woke': { target: 'probing', description: 'The device slept: make sure.' },
          },
        },
        probing: {
          description: 'The server was asked for a sign of life.',
          entry: ['pingSocket', 'startProbeTimer'],
          exit: ['cancelProbeTimer'],
          on: {
            'socket.wasHeard': [
              { guard: 'isStale', description: 'A socket that was given up.' },
              { target: 'healthy', description: 'It lives.' },
            ],
            'probe.timedOut': [
              {
                guard: 'isOffline',
                target: '#session.connecting.offline',
                actions: ['closeSocket', 'countFailure', 'drawSlowRetry'],
                description: 'The device was right.',
              },
              {
                target: '#session.connecting.waiting',
                actions: ['closeSocket', 'countFailure', 'drawBackoff'],
                description: 'Half-open: give the socket up.',
              },
            ],
            'network.wentOffline': { actions: ['noteOffline'], description: 'The question is on its way already.' },
            'network.cameOnline': {
              target: 'probing',
              reenter: true,
              actions: ['noteOnline'],
              description: 'The question may have been lost: ask again.',
            },
            'app.cameToForeground': {
              actions: ['noteForeground'],
              description: 'The question is on its way already.',
            },
            'device.woke': {
              target: 'probing',
              reenter: true,
              description: 'The answer may have come while the device slept: ask again.',
            },
          },
        },
      },
    },

    disconnecting: {
      description: 'The session is over: the stored user is removed first, then the socket is closed.',
      tags: ['ending'],
      initial: 'forgetting',
      entry: ['endSession', 'unwatchStore', 'nextStorageAttempt', 'emitEnded'],
      on: {
        'session.connect': [
          {
            guard: 'isNextTaken',
            actions: ['emitRefused'],
            description: 'Somebody else waits for the end already.',
          },
          { actions: ['setNext', 'emitAccepted'], description: 'Wait for the end, then log in.' },
        ],
        'network.wentOffline': { actions: ['noteOffline'], description: 'The device has no network.' },
        'network.cameOnline': { actions: ['noteOnline'], description: 'The device has a network.' },
        'session.suspend': { actions: ['noteSuspended'], description: 'For whoever comes next.' },
        'session.resume': { actions: ['noteResumed'], description: 'For whoever comes next.' },
        'app.wentToBackground': { actions: ['noteBackground'], description: 'For whoever comes next.' },
        'app.cameToForeground': { actions: ['noteForeground'], description: 'For whoever comes next.' },
      },
      states: {
        forgetting: {
          description: 'The stored user is being removed, before anything else happens.',
          entry: ['nextStorageAttempt', 'clearUser', 'startClearTimer'],
          exit: ['cancelClearTimer'],
          on: {
            'user.cleared': [
              { guard: 'isStaleRecord', description: 'An answer to an older command.' },
              { target: 'closing', actions: ['noteForgotten'], description: 'The user is forgotten, durably.' },
            ],
            'user.notCleared': [
              { guard: 'isStaleRecord', description: 'An answer to an older command.' },
              { target: 'closing', actions: ['noteNotForgotten'], description: 'Storage failed, and that is said.' },
            ],
            'clear.timedOut': {
              target: 'closing',
              actions: ['noteNotForgotten'],
              description: 'Storage did not answer in time, and that is said.',
            },
            'persistence.started': {
              target: 'forgetting',
              reenter: true,
              description: 'The persistence actor is new: ask once more.',
            },
            'session.disconnect': [
              {
                guard: 'forgetsMore',
                target: 'forgetting',
                reenter: true,
                actions: ['dropNext', 'emitDropped', 'forgetEveryone'],
                description: 'A logout removes whoever is stored, not only the refused user.',
              },
              {
                actions: ['dropNext', 'emitDropped'],
                description: 'Ending already: join, and nobody comes next.',
              },
            ],
          },
        },
        closing: {
          description: 'The close handshake is under way.',
          entry: ['nextAttempt', 'closeSocket', 'startCloseTimer'],
          exit: ['cancelCloseTimer'],
          on: {
            'socket.closed': [
              { guard: 'isStale', description: 'The end of an older socket.' },
              {
                guard: 'hasNextButSuspended',
                target: '#session.connecting.suspended',
                actions: ['emitClosed', 'beginNext', 'watchStore', 'noteAway'],
                description: 'Somebody waited; the app is away.',
              },
              {
                guard: 'hasNextButOffline',
                target: '#session.connecting.offline',
                actions: ['emitClosed', 'beginNext', 'watchStore', 'drawSlowRetry'],
                description: 'Somebody waited; without a network nothing is asked.',
              },
              {
                guard: 'hasNextAnonymous',
                target: '#session.connecting.opening',
                actions: ['emitClosed', 'beginNext', 'watchStore'],
                description: 'Somebody waited, and needs no token.',
              },
              {
                guard: 'hasNext',
                target: '#session.loadingToken',
                actions: ['emitClosed', 'beginNext', 'watchStore'],
                description: 'Somebody waited: log them in.',
              },
              { target: '#session.loggedOut', actions: ['emitClosed'], description: 'Nothing is left of the session.' },
            ],
            'close.timedOut': [
              {
                guard: 'hasNextButSuspended',
                target: '#session.connecting.suspended',
                actions: ['emitClosed', 'beginNext', 'watchStore', 'noteAway'],
                description: 'The close was not answered. Somebody waited; the app is away.',
              },
              {
                guard: 'hasNextButOffline',
                target: '#session.connecting.offline',
                actions: ['emitClosed', 'beginNext', 'watchStore', 'drawSlowRetry'],
                description: 'The close was not answered. Somebody waited; without a network nothing is asked.',
              },
              {
                guard: 'hasNextAnonymous',
                target: '#session.connecting.opening',
                actions: ['emitClosed', 'beginNext', 'watchStore'],
                description: 'The close was not answered. Somebody waited, and needs no token.',
              },
              {
                guard: 'hasNext',
                target: '#session.loadingToken',
                actions: ['emitClosed', 'beginNext', 'watchStore'],
                description: 'The close was not answered. Somebody waited: log them in.',
              },
              {
                target: '#session.loggedOut',
                actions: ['emitClosed'],
                description: 'The close was not answered: the socket is given up.',
              },
            ],
            'client.started': {
              target: 'closing',
              reenter: true,
              description: 'The client actor is new: make sure that nothing is open.',
            },
            'session.disconnect': [
              {
                guard: 'forgetsMore',
                target: 'forgetting',
                actions: ['dropNext', 'emitDropped', 'forgetEveryone'],
                description: 'This call wants the stored user removed: do that first.',
              },
              {
                actions: ['dropNext', 'emitDropped'],
                description: 'Ending already: join, and nobody comes next.',
              },
            ],
          },
        },
      },
    },
  },
});
