// workerd, the runtime of Cloudflare Workers: its answers are the lines of one response.
import { createChatClient } from 'sessionchart';
import { live } from './session.mjs';

export default {
  async fetch(request) {
    const { readable, writable } = new TransformStream();
    const writer = writable.getWriter();
    const report = (line) => writer.write(new TextEncoder().encode(`${line}\n`));
    live({ ...(await request.json()), createChatClient, report }).then(
      () => writer.close(),
      (error) => report(`failed ${error.message}`).then(() => writer.close()),
    );
    return new Response(readable);
  },
};
