export const PROCESS_FLAGS: readonly string[];
