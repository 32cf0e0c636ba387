// A process of Node, Bun or Deno: its results are lines.
import { createChatClient } from 'sessionchart';
import { live } from './session.mjs';

const started = JSON.parse(process.argv[2]);
await live({ ...started, createChatClient, report: (line) => process.stdout.write(`${line}\n`) });
