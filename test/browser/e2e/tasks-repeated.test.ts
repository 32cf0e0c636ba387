import { describe } from 'vitest';
import { keyboard, mouse } from './hands.ts';
import { describeRepeatedTasks } from './tasks.ts';

describe('by keyboard', () => describeRepeatedTasks(keyboard));
describe('by mouse', () => describeRepeatedTasks(mouse));
