import { sessionMachine } from '../../../src/index.ts';
import { readDefinition } from './definition.ts';

/** The session statechart. One for all pages, so that its wires are found once. */
export const ownChart = readDefinition(sessionMachine);
