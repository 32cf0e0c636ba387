/*
 * sessionchart/devtools/react: the panel as a component. It is apart from `sessionchart/devtools`, which needs no React.
 */
import { createElement, type ReactElement, useEffect, useRef } from 'react';
import type { ChatClient } from '../client/builder.ts';
import { knownProps } from '../input.ts';
import { useSessionClient } from '../react/index.ts';
import { type DevtoolsOptions, mountDevtools } from './panel.ts';

/** The panel of the client that the provider around it holds. */
export function SessionDevtools(options: DevtoolsOptions): ReactElement {
  return createElement(ClientDevtools, { ...options, client: useSessionClient() });
}

/** The panel of `client`. */
export function ClientDevtools(props: DevtoolsOptions & { readonly client: ChatClient }): ReactElement {
  knownProps(props, ['client', 'theme']);
  const { client, theme } = props;
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const { current } = place;
    if (current === null) return;
    return mountDevtools(current, client, { theme });
  }, [client, theme]);
  return createElement('div', { ref: place });
}
