/** What must not happen in a process that runs sessions: exceptions and rejections that nothing handles (law 11). */
export interface ProcessFaults {
  readonly found: readonly string[];
  stop(): void;
}

export function watchProcess(): ProcessFaults {
  const found: string[] = [];
  const onFault = (fault: unknown) =>
    found.push(fault instanceof Error ? (fault.stack ?? fault.message) : String(fault));
  process.on('uncaughtException', onFault);
  process.on('unhandledRejection', onFault);
  return {
    found,
    stop() {
      process.off('uncaughtException', onFault);
      process.off('unhandledRejection', onFault);
    },
  };
}
