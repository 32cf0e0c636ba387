import { type Setup, Stage, type Stories } from '../harness.ts';
import { CONNECTION } from './connection.ts';
import { DEVICE } from './device.ts';
import { ENDING } from './ending.ts';
import { LOGIN } from './login.ts';
import { RESTART } from './restart.ts';
import { RESTORE } from './restore.ts';

/** What a session does, without a word about its statechart. */
export const STORIES: Stories = { ...RESTORE, ...LOGIN, ...CONNECTION, ...DEVICE, ...ENDING, ...RESTART };

/** Plays a story. Whatever went wrong in it is thrown. */
export async function play(name: string, setup: Setup = { machine: undefined }): Promise<void> {
  const stages: Stage[] = [];
  try {
    await STORIES[name]?.((options) => {
      const stage = new Stage(setup, options);
      stages.push(stage);
      return stage;
    });
    for (const stage of stages) stage.check();
  } finally {
    for (const stage of stages) await stage.client.dispose();
  }
}
