/*
 * sessionchart: the session lifecycle of a realtime client as one explicit statechart. This entry point runs in
 * browsers, React Native and Node; what needs Node alone is in `sessionchart/node`.
 */
export { guests } from './actors/client/guest.ts';
export type { Guests, Socket } from './actors/dependencies.ts';
export type { ClientCommand, PersistenceCommand } from './actors/messages.ts';
export { ChatClient } from './client/builder.ts';
export type { Call } from './client/call.ts';
export type { CallOptions } from './client/call-bounds.ts';
export type {
  ClientSnapshot,
  Possibilities,
  Status,
  Transition,
  TransitionListener,
} from './client/client-snapshot.ts';
export { type ClientOf, createChatClient, createProtocolClient, type Sender } from './client/create-client.ts';
export { createSessionActor, type EmbeddedActor, type EmbeddedSession, embedSession } from './client/embed.ts';
export { type Change, type Explainable, type Explanation, explain } from './client/explain.ts';
export type { ChatEventOf, ChatListener } from './client/listeners.ts';
export type { ChatClientOptions, TimingOptions, WebSocketClass } from './client/options.ts';
export type { Connection } from './client/pending-calls.ts';
export type { ReadOnlySessionActor } from './client/read-only-actor.ts';
export { type Requests, requests } from './client/requests/index.ts';
export type { ClientRequest } from './client/requests/input.ts';
export {
  type StatusSource,
  type SteadyStatus,
  type SteadyStatusOptions,
  steadyStatus,
} from './client/steady-status.ts';
export { type Clock, systemClock } from './clock.ts';
export type { Diagnostic, DiagnosticLevel, DiagnosticSource } from './diagnostics.ts';
export { type BrowserGlobal, browserEnvironment } from './environment/browser.ts';
export type { Environment, EnvironmentChange, EnvironmentReading } from './environment/environment.ts';
export { staticEnvironment } from './environment/environment.ts';
export {
  type AppStateModule,
  type NetInfoModule,
  type NetInfoReading,
  type ReactNativeModules,
  reactNativeEnvironment,
} from './environment/react-native.ts';
export type { Failure, Result, Success } from './errors.ts';
export { type ErrorCode, type FailureInfo, SessionError } from './errors.ts';
export { type StudioOptions, studio } from './inspect/studio.ts';
export type { Journal, JournalEntry, JournalPoint, JournalState } from './journal/journal.ts';
export { type JournalRecorder, recordJournal } from './journal/record.ts';
export { type Replay, type ReplayStep, type ReplayTransition, replayJournal } from './journal/replay.ts';
export { sessionMachine } from './machines/session.ts';
export type {
  SessionCommand,
  SessionContext,
  SessionEvent,
  SessionInput,
  SessionReason,
  SessionTag,
} from './machines/types.ts';
export type { ChatEvent, ChatEvents } from './protocol/events.ts';
export { jsonOf } from './protocol/events.ts';
export type {
  FailedResponse,
  Frame,
  Hello,
  HttpAddress,
  HttpCall,
  Login,
  Protocol,
  ProtocolConnection,
  ProtocolGuests,
  ProtocolHttp,
  RefusedUpgrade,
  WireData,
} from './protocol/protocol.ts';
export { encodeQuery } from './protocol/query.ts';
export { type StreamChat, type StreamChatOptions, streamChat } from './protocol/stream-chat/index.ts';
export type { Meaning, Verdict } from './protocol/verdict.ts';
export type { AnyStorage, KeyValueStorage } from './repository/key-value-storage.ts';
export { memoryRepository } from './repository/memory.ts';
export type {
  ProvidedRepository,
  ReportCorruptRecord,
  Saved,
  SaveOptions,
  UserRepository,
} from './repository/repository.ts';
export {
  browserRepository,
  type StorageChange,
  type StorageEventTarget,
  type StorageRepositoryOptions,
  storageRepository,
} from './repository/storage.ts';
export { DEFAULT_TIMING, type Timing } from './timing.ts';
export { jwtTokens } from './token/jwt.ts';
export type { CheckToken } from './token/load-token.ts';
export { sharedBetweenTabs } from './token/shared-between-tabs.ts';
export type {
  LoadToken,
  TokenProvider,
  TokenReason,
  TokenRequest,
  TokenSource,
  TokenWithExpiry,
} from './token/source.ts';
export type { TokenSourceRegistry } from './token/source-registry.ts';
export type { TokenTimes } from './token/token-result.ts';
export type { AnyUser, Identity, OwnUser, User, UserKind, UserLike } from './user.ts';
