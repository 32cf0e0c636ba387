import { eventDetails } from '../../../src/journal/event-details.ts';

/** Stands between the parts of a description. */
export const SEPARATOR = ' · ';

/** What distinguishes one event of a type from another: the user, the reason, the attempt. */
export const describeEvent = (event: object): string => eventDetails(event).join(SEPARATOR);
