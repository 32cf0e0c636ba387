import { describe, it } from 'vitest';
import { testProtocol } from '../../model/protocols/paths.ts';
import { GRAPHQL_WS, MQTT, PLAIN } from '../../model/protocols/servers.ts';

for (const protocol of [PLAIN, GRAPHQL_WS, MQTT]) testProtocol(protocol, { describe, test: it.concurrent });
