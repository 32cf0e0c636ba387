import { generate, type Packet, parser } from 'mqtt-packet';
import type { Frame, Hello, Login, Meaning, Protocol, ProtocolConnection, WireData } from 'sessionchart';

export interface MqttOptions {
  readonly url: string;
  /** What is subscribed to after each hello. */
  readonly topics: readonly string[];
  /**
   * The broker closes a connection on which it receives nothing for one and a half times as long; it may ask for less in
   * its CONNACK. Default 60.
   */
  readonly keepAliveSeconds?: number;
}

/** What a client may publish. */
export interface Publication {
  readonly topic: string;
  readonly payload: string;
}

/** MQTT 5 over WebSocket: the token is the password, published messages are events of the type `message`. */
export function mqtt(options: MqttOptions): Protocol<Publication> {
  return { name: 'mqtt', connect: (login) => new MqttConnection(options, login) };
}

class MqttConnection implements ProtocolConnection<Publication> {
  readonly url: string;
  readonly subprotocols = ['mqtt'];
  readonly firstFrames: readonly WireData[];
  private readonly topics: readonly string[];
  private readonly keepAliveSeconds: number;
  private readonly clientId: string;
  private packets: Packet[] = [];
  private parser = this.newParser();

  constructor({ url, topics, keepAliveSeconds = 60 }: MqttOptions, { identity, token, createId }: Login) {
    this.url = url;
    this.topics = topics;
    this.keepAliveSeconds = keepAliveSeconds;
    this.clientId = `${identity.user.id}-${createId()}`;
    this.firstFrames = [
      bytes({
        cmd: 'connect',
        protocolId: 'MQTT',
        protocolVersion: 5,
        clientId: this.clientId,
        clean: true,
        keepalive: keepAliveSeconds,
        username: identity.user.id,
        password: Buffer.from(token ?? ''),
      }),
    ];
  }

  /** One message may hold several packets, or a part of one. */
  decode(data: WireData): readonly Frame[] {
    if (typeof data === 'string') return [bad('it is text')];
    try {
      this.parser.parse(Buffer.from(data));
    } catch {
      this.packets = [];
      this.parser = this.newParser();
      return [bad('it is no packet of MQTT')];
    }
    return this.packets.splice(0).flatMap((packet) => this.frames(packet));
  }

  ping(): WireData {
    return bytes({ cmd: 'pingreq' });
  }

  encode({ topic, payload }: Publication): WireData {
    return bytes({ cmd: 'publish', topic, payload, qos: 0, dup: false, retain: false });
  }

  private frames(packet: Packet): readonly Frame[] {
    switch (packet.cmd) {
      case 'connack': {
        if (packet.reasonCode !== 0) return [refused(packet.reasonCode)];
        const hello = this.hello(packet.properties?.serverKeepAlive);
        return this.topics.length === 0 ? [hello] : [hello, { kind: 'ping', reply: this.subscribe() }];
      }
      case 'pingresp':
      case 'suback':
        return [{ kind: 'heartbeat' }];
      case 'publish':
        return [{ kind: 'event', event: { type: 'message', topic: packet.topic, payload: String(packet.payload) } }];
      case 'disconnect':
        return [refused(packet.reasonCode)];
      default:
        return [bad(`it is ${packet.cmd}, which a server does not send`)];
    }
  }

  /** A keep-alive of 0 means that the broker does not count. */
  private hello(keepAliveSeconds = this.keepAliveSeconds): Hello {
    const { clientId: connectionId } = this;
    return {
      kind: 'hello',
      connectionId,
      ...(keepAliveSeconds > 0 && { pingIntervalMs: keepAliveSeconds * 1_000 }),
    };
  }

  private subscribe(): WireData {
    const subscriptions = this.topics.map((topic) => ({ topic, qos: 0 as const }));
    return bytes({ cmd: 'subscribe', messageId: 1, subscriptions });
  }

  private newParser() {
    const made = parser({ protocolVersion: 5 });
    made.on('packet', (packet) => this.packets.push(packet));
    made.on('error', (error) => {
      throw error;
    });
    return made;
  }
}

/** https://docs.oasis-open.org/mqtt/mqtt/v5.0/mqtt-v5.0.html, 2.4. What is not here means that the broker has a problem. */
const REASON_CODES: Readonly<Record<number, Meaning>> = {
  132: 'app', // Unsupported protocol version
  133: 'app', // Client identifier not valid
  134: 'token', // Bad user name or password
  135: 'token', // Not authorized
  137: 'overloaded', // Server busy
  138: 'user', // Banned
  139: 'restarting', // Server shutting down
  140: 'app', // Bad authentication method
  141: 'lost', // Keep alive timeout
  142: 'ended', // Session taken over
  149: 'messageTooBig', // Packet too large
  151: 'rateLimited', // Quota exceeded
  159: 'rateLimited', // Connection rate exceeded
};

function refused(code = 0): Frame {
  return { kind: 'error', verdict: { meaning: REASON_CODES[code] ?? 'unavailable', code } };
}

function bytes(packet: Packet): Uint8Array {
  return new Uint8Array(generate(packet, { protocolVersion: 5 }));
}

function bad(problem: string): Frame {
  return { kind: 'bad', problem };
}
