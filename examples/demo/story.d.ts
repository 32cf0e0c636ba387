import { type Narrator } from './narrator.ts';
export interface StoryOptions {
  readonly userFile: string;
  readonly studioUrl: string | null;
  readonly signal: AbortSignal;
}
/** The demo's steps. Rejects with the reason as soon as one does not go as it should. */
export declare function tellStory(narrator: Narrator, { userFile, studioUrl, signal }: StoryOptions): Promise<void>;
