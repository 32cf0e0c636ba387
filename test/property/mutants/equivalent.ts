/** Faults that change nothing that can be observed, with the reason. A survivor that is not here is a gap in the oracles. */
export const EQUIVALENT: readonly { readonly matches: RegExp; readonly because: string }[] = [
  {
    matches: /^ · session\.connect \[1\] without guard hasNewTokenSource$/,
    because: 'A login without a new token source then adopts the source that the session has already.',
  },
  {
    matches:
      /^(connected|connecting|connecting\.opening) · session\.suspend \[0\] retargeted to connecting\.starting$|^loadingToken · (token\.loaded \[1\]|network\.wentOffline \[0\]) retargeted to connecting\.starting$/,
    because: 'The session is suspended by then, so the choice leads to the same state with the same action.',
  },
  {
    matches:
      /^(connecting\.failing · always \[1\]|connecting\.offline · client\.started \[0\]|(connecting\.opening|connecting\.waiting) · network\.wentOffline \[0\]|loadingToken · network\.wentOffline \[1\]) retargeted to connecting\.starting$/,
    because: 'The device is offline by then and the app is not suspended, so the choice leads to the same state.',
  },
  {
    matches:
      /^(connecting\.waiting · session\.connect \[0\]|loadingToken · ((client\.started|session\.connect) \[0\]|token\.failed \[2\]|token\.timedOut \[1\])) retargeted to connecting\.attempting$/,
    because: 'No token is held there, and an anonymous user never comes by, so the choice leads to the same state.',
  },
  {
    matches: /^connecting\.starting · always \[[34]\] retargeted to connecting\.attempting$/,
    because: 'The choice there has the same two branches.',
  },
  {
    matches: /^connected · connection\.becameStable \[0\] retargeted to connecting\.(attempting|opening)$/,
    because: 'The device has a network, nothing has failed and a token is held, so the choices lead to the same state.',
  },
  {
    matches: /^loadingToken · token\.loaded \[2\] retargeted to connecting\.attempting$/,
    because: 'A token is held by then, so the choice leads to the same state.',
  },
];
