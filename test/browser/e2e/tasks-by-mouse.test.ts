import { describe } from 'vitest';
import { mouse } from './hands.ts';
import { describeTasks } from './tasks.ts';

describe('by mouse', () => describeTasks(mouse));
