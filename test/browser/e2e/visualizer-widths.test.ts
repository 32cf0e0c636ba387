import { it } from 'vitest';
import { expectNothingCut } from './chart-reading.ts';
import { setUpStudio } from './studio-setup.ts';

const at = setUpStudio();

it.each([390, 641, 768, 921, 1100, 1271, 1920])(
  'at %i px nothing is cut off, and nothing but tables scrolls sideways',
  async (width) => {
    await expectNothingCut(await at.open(), width);
  },
);
