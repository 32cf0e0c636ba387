/** Faults that change nothing that can be observed, with the reason. A survivor that is not here is a gap in the stories. */
export const EQUIVALENT: readonly { readonly matches: RegExp; readonly because: string }[] = [];
