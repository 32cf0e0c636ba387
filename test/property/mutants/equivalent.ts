/** Faults that change nothing that can be observed, with the reason. A survivor that is not here is a gap in the oracles. */
export const EQUIVALENT: readonly { readonly matches: RegExp; readonly because: string }[] = [
  {
    matches: /^(connected|connecting) · session\.connect \[1\] without guard hasNewTokenSource$/,
    because: 'Who joins without a new token source is then told to adopt the source that the session has already.',
  },
  {
    matches: /^connecting\.(waiting|offline) · app\.cameToForeground \[1\] removed$/,
    because: 'The state around it answers the event with the same action, and stays where it is as well.',
  },
  {
    matches: /^connecting\.waiting · network\.cameOnline \[1\] removed$/,
    because: 'The state around it answers the event with the same action, and stays where it is as well.',
  },
];
