import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sourceExists } from './sources.ts';
import { surfaceOf } from './surface.ts';

/*
 * The public names. Each is a promise: a new one is added here on purpose, and one that goes breaks somebody.
 */
const SURFACE: Readonly<Record<string, { readonly values: string; readonly types: string }>> = {
  '.': {
    values: `
      ChatClient DEFAULT_TIMING SessionError browserEnvironment browserRepository createChatClient
      createSessionActor embedSession explain memoryRepository staticEnvironment reactNativeEnvironment recordJournal
      encodeQuery jwtTokens replayJournal sessionMachine streamChat textOf storageRepository studio systemClock`,
    types: `
      AnyStorage AnyUser AppStateModule BrowserGlobal Call CallOptions Change ChatClientOptions ChatEvent ChatEventOf ChatEvents
      ChatListener ClientRequest ClientSnapshot Clock Connection Diagnostic DiagnosticLevel DiagnosticSource EmbeddedActor EmbeddedSession Environment
      EnvironmentChange EnvironmentReading ErrorCode Explainable Explanation Failure FailureInfo Identity Journal JournalEntry
      JournalPoint JournalRecorder JournalState KeyValueStorage LoadToken NetInfoModule NetInfoReading OwnUser Possibilities
      ReactNativeModules ReadOnlySessionActor Replay ReplayStep ReplayTransition ReportCorruptRecord
      Result SessionCommand SessionContext SessionEvent SessionInput SessionReason SessionTag Socket Status StorageChange
      StorageEventTarget StorageRepositoryOptions StudioOptions Success Timing TimingOptions TokenProvider TokenReason TokenRequest
      TokenSource TokenTimes TokenWithExpiry Transition TransitionListener User UserKind UserLike
      CheckToken FailedResponse Frame Hello HttpAddress HttpCall Login Meaning Protocol ProtocolConnection
      ProtocolGuests ProtocolHttp RefusedUpgrade StreamChat StreamChatOptions Verdict WireData UserRepository WebSocketClass`,
  },
  './react': {
    values: `
      ChatSessionProvider useChatEvent useChatSession useSessionClient useSessionCommands useSessionSelector
      useSessionMachine useSessionStatus useSessionUser`,
    types: 'ChatSession ChatSessionProviderProps CreatedClientProps GivenClientProps SessionCommands WantedUser',
  },
  './node': {
    values: 'WebSocket fileRepository studio',
    types: 'FileRepositoryOptions StudioOptions',
  },
  './testing': {
    values: `
      Backend EVENT_CASES IGNORE_RULES INVARIANTS Observer PathError VirtualClock branchesOf canRun formatModelReport
      leafOf lifecyclePaths modelReport protocolContract runPath stateKey testLifecycle userRepositoryContract`,
    types: `
      BackendEvent Branch Branches Cover DiskFault Effect EventCase IgnoreRule Invariant Ledger LifecyclePath
      LifecyclePathsOptions ModelReport Observation PathStep ProtocolUnderTest ProviderFault RepositoryUnderTest SessionMachine
      SessionSnapshot ModelState Step Superseded SystemUnderTest TestFramework Violation Welcome`,
  },
  './devserver': {
    values: 'startDevServer',
    types: `
      ChatMessage ConnectRecord Counts DevServer DevServerEvent DevServerOptions DevServerState Fault FaultHandle
      FaultState FaultType Faults OddFrame StoredUser TokenOptions WaitOptions`,
  },
};

const packageJson = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  exports: Record<string, string | { default: string }>;
};

const entries = Object.entries(packageJson.exports).flatMap(([name, target]) =>
  typeof target === 'string' ? [] : [{ name, source: sourceOf(target.default) }],
);

for (const { name, source } of entries.filter((entry) => sourceExists(entry.source))) {
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

function sourceOf(built: string): string {
  const path = built.replace('./dist/', 'src/').replace(/\.js$/, '.ts');
  return sourceExists(path) ? path : `${path}x`;
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter(Boolean).sort();
}
