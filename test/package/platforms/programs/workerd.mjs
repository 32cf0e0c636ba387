// workerd, the runtime of Cloudflare Workers: its reports are requests, because it holds a response back until it is whole.
import { createChatClient } from 'sessionchart';
import { live } from './session.mjs';

export default {
  async fetch(request) {
    const { reportUrl, ...started } = await request.json();
    let last = Promise.resolve();
    const report = (line) => {
      last = last.then(() => fetch(reportUrl, { method: 'POST', body: line })).then((response) => response.text());
    };
    await live({ ...started, createChatClient, report });
    await last;
    return new Response('done');
  },
};
