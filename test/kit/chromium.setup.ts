export { unpackChromium as setup } from './chromium.ts';
