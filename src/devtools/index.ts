/*
 * sessionchart/devtools: a panel inside an app that shows the app's session and acts on it. For development only: no other
 * entry point imports it.
 */
export { withDevtools } from './controls.ts';
export { type DevtoolsOptions, devtoolsPlugin, mountDevtools } from './panel.ts';
