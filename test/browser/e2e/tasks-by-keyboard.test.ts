import { describe } from 'vitest';
import { keyboard } from './hands.ts';
import { describeTasks } from './tasks.ts';

describe('by keyboard', () => describeTasks(keyboard));
