import { beforeEach } from 'vitest';
import { cleanup } from 'vitest-browser-react';

/*
 * The files of a page share their modules, and `vitest-browser-react` removes what was rendered only for the file that
 * imports it first.
 */

beforeEach(cleanup);
