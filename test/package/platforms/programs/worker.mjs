// A Web Worker or a SharedWorker: its results are messages to the page.
import { createChatClient } from 'sessionchart';
import { live } from './session.mjs';

const listen = (port) => {
  port.onmessage = ({ data }) => live({ ...data, createChatClient, report: (line) => port.postMessage(line) });
};
if ('onconnect' in globalThis) globalThis.onconnect = ({ ports }) => listen(ports[0]);
else listen(globalThis);
