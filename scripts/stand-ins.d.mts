export function writeStandIns(packageFolder: string): void;
export function removeStandIns(packageFolder: string): void;
