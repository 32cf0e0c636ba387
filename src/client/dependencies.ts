import type { DataPlane, Dependencies } from '../actors/dependencies.ts';
import type { Diagnostic, ReportDiagnostic } from '../diagnostics.ts';
import type { FailureInfo } from '../errors.ts';
import type { SessionInput } from '../machines/types.ts';
import type { ChatEvent } from '../protocol/events.ts';
import { describeCause } from '../token/redact.ts';
import type { TokenSourceRegistry } from '../token/source-registry.ts';
import { callSafely } from './call-safely.ts';
import { createId } from './ids.ts';
import type { ClientSettings } from './options.ts';

/** What a session needs beside its settings: where its token sources are kept, and who hears what. */
export interface Sinks {
  readonly tokenSources: TokenSourceRegistry;
  readonly report: ReportDiagnostic;
  readonly deliver: (event: ChatEvent, isCurrent: () => boolean) => void;
  readonly rememberCause: (failure: FailureInfo, cause: unknown) => void;
}

export function createDependencies(settings: ClientSettings, sinks: Sinks): Dependencies {
  const dataPlane: DataPlane = { request: null, send: null };
  return {
    ...sinks,
    protocol: settings.protocol,
    clock: settings.clock,
    timing: settings.timing,
    repository: settings.repository,
    sockets: settings.sockets ?? noSockets,
    fetch: settings.fetch,
    createId,
    dataPlane,
  };
}

function noSockets(): never {
  throw new Error('This platform has no WebSocket; pass the class of the ws package as the option WebSocket.');
}

export function inputOf(
  settings: ClientSettings,
  reading: { readonly online: boolean; readonly foreground: boolean },
): SessionInput {
  return { timing: settings.timing, restorable: settings.tokenProvider !== undefined, seed: settings.seed, ...reading };
}

/** Tells the app of a fault; a fault of the one who is told has nobody left to be told to. */
export function safeReport(onDiagnostic: ReportDiagnostic): ReportDiagnostic {
  return (diagnostic) => callSafely(() => onDiagnostic(diagnostic), ignore);
}

function ignore(): void {}

/** A report about app code that threw. */
export function diagnosticFor(source: Diagnostic['source'], what: string, thrown: unknown): Diagnostic {
  const { text, cause } = describeCause(thrown);
  return { source, failure: { code: 'internal', message: `${what} threw: ${text}` }, cause };
}
