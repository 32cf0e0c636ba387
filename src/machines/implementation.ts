import { answers } from './answers.ts';
import { base } from './base.ts';
import { commands } from './commands.ts';
import { guards } from './guards.ts';
import { login } from './login.ts';
import { notes } from './notes.ts';
import { timers } from './timers.ts';

/** The guards, actions and delays that the statechart names. All are pure: no I/O, no clock, no chance, no app code. */
export const sessionSetup = base.extend({
  guards,
  actions: { ...commands, ...timers, ...login, ...notes, ...answers },
});
