import { describe, expect, it } from 'vitest';
import entryFiles from '../../../scripts/entries.json' with { type: 'json' };
import { surfaceOf } from './surface.ts';

/*
 * The public names. Each is a promise: a new one is added here on purpose, and one that goes breaks someone.
 */
const SURFACE: Readonly<Record<string, { readonly values: string; readonly types: string }>> = {
  '.': {
    values: `
      ChatClient DEFAULT_TIMING SessionError browserEnvironment browserRepository createChatClient
      createSessionActor embedSession explain guests jsonOf memoryRepository requests staticEnvironment reactNativeEnvironment recordJournal
      createProtocolClient encodeQuery jwtTokens replayJournal sessionMachine sharedBetweenTabs steadyStatus streamChat storageRepository studio systemClock`,
    types: `
      AnyStorage AnyUser AppStateModule BrowserGlobal Call CallOptions Change ChatClientOptions ChatEvent ChatEventOf ChatEvents
      ChatListener ClientCommand ClientRequest ClientSnapshot Clock Connection Diagnostic DiagnosticLevel DiagnosticSource EmbeddedActor EmbeddedSession Environment
      EnvironmentChange EnvironmentReading ErrorCode Explainable Explanation Failure FailureInfo Guests Identity Journal JournalEntry
      JournalPoint JournalRecorder JournalState KeyValueStorage LoadToken NetInfoModule NetInfoReading OwnUser PersistenceCommand Possibilities
      ProvidedRepository ReactNativeModules ReadOnlySessionActor Replay ReplayStep ReplayTransition ReportCorruptRecord Requests
      Result SaveOptions Saved SessionCommand SessionContext SessionEvent SessionInput SessionReason SessionTag Socket Status StatusSource SteadyStatus SteadyStatusOptions StorageChange
      StorageEventTarget StorageRepositoryOptions StudioOptions Success Timing TimingOptions TokenProvider TokenReason TokenRequest
      TokenSource TokenSourceRegistry TokenTimes TokenWithExpiry Transition TransitionListener User UserKind UserLike
      CheckToken ClientOf FailedResponse Frame Hello HttpAddress HttpCall Login Meaning Protocol ProtocolConnection
      ProtocolGuests ProtocolHttp RefusedUpgrade Sender StreamChat StreamChatOptions Verdict WireData UserRepository WebSocketClass`,
  },
  './react': {
    values: `
      ChatSessionProvider SessionProvider useChatEvent useChatSession useSessionClient useSessionCommands useSessionSelector
      useSessionMachine useSessionStatus useSessionUser`,
    types: 'ChatSession ChatSessionProviderProps SessionCommands SessionProviderProps WantedUser',
  },
  './node': {
    values: 'WebSocket fileRepository studio',
    types: 'FileRepositoryOptions StudioOptions',
  },
  './testing': {
    values: `
      Backend EVENT_NAMES PathError VirtualClock
      leafOf lifecyclePaths pathsFor protocolContract runPath testLifecycle userRepositoryContract`,
    types: `
      BackendServer DiskFault LifecyclePath ModelState PathStep ProtocolUnderTest
      ProviderFault RepositoryUnderTest SystemUnderTest TestFramework Welcome`,
  },
  './devserver': {
    values: 'startDevServer',
    types: `
      ConnectRecord Counts DevServer DevServerEvent DevServerOptions DevServerState Fault FaultHandle Faults FaultState`,
  },
  './devtools': { values: 'devtoolsPlugin mountDevtools withDevtools', types: 'DevtoolsOptions' },
  './devtools/react': { values: 'ClientDevtools SessionDevtools', types: '' },
};

const entries = Object.entries(entryFiles).map(([name, source]) => ({
  name: name === 'index' ? '.' : `./${name}`,
  source,
}));

for (const { name, source } of entries) {
  const { values, types } = SURFACE[name] ?? { values: '', types: '' };

  describe(`the public names of ${name.replace('.', 'sessionchart')}`, () => {
    it('are these', () => {
      expect(surfaceOf(source)).toEqual({ values: words(values), types: words(types) });
    });

    it('are what a program gets', async () => {
      const module = (await import(new URL(`../../../${source}`, import.meta.url).href)) as object;
      expect(Object.keys(module).sort()).toEqual(words(values));
    });
  });
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter(Boolean).sort();
}
