/*
 * sessionchart/devtools: a panel in the app at hand that shows its session and acts on it. For development only: nothing
 * of the other entry points imports it.
 */
export { withDevtools } from './controls.ts';
export { type DevtoolsOptions, devtoolsPlugin, mountDevtools } from './panel.ts';
