import { generate, type Packet, parser } from 'mqtt-packet';
import type { Frame, Meaning, Protocol, ProtocolConnection, WireData } from 'sessionchart';

export interface MqttOptions {
  readonly url: string;
  /** What is subscribed to after each hello. */
  readonly topics: readonly string[];
  /** 5, or 4 for MQTT 3.1.1. Default 5. */
  readonly version?: 4 | 5;
  /** The server closes a connection on which it receives nothing for one and a half times as long. Default 60. */
  readonly keepAliveSeconds?: number;
}

/** What a client may publish. */
export interface Publication {
  readonly topic: string;
  readonly payload: string;
}

/** MQTT over WebSocket: the token is the password, published messages are events of the type `message`. */
export function mqtt(options: MqttOptions): Protocol<Publication> {
  return {
    name: 'mqtt',
    connect: ({ identity, token, createId }) =>
      new MqttConnection(options, identity.user.id, `${identity.user.id}-${createId()}`, token ?? ''),
  };
}

class MqttConnection implements ProtocolConnection<Publication> {
  readonly url: string;
  readonly subprotocols = ['mqtt'];
  readonly firstFrames: readonly WireData[];
  private readonly clientId: string;
  private readonly version: 4 | 5;
  private readonly topics: readonly string[];
  private packets: Packet[] = [];
  private parser = this.newParser();

  constructor(
    { url, topics, version = 5, keepAliveSeconds: keepalive = 60 }: MqttOptions,
    ...login: [string, string, string]
  ) {
    const [username, clientId, password] = login;
    this.url = url;
    this.clientId = clientId;
    this.version = version;
    this.topics = topics;
    this.firstFrames = [
      this.bytes({
        cmd: 'connect',
        protocolId: 'MQTT',
        protocolVersion: version,
        clientId,
        clean: true,
        keepalive,
        username,
        password: Buffer.from(password),
      }),
    ];
    this.parser = this.newParser();
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
    return this.bytes({ cmd: 'pingreq' });
  }

  encode({ topic, payload }: Publication): WireData {
    return this.bytes({ cmd: 'publish', topic, payload, qos: 0, dup: false, retain: false });
  }

  private frames(packet: Packet): readonly Frame[] {
    switch (packet.cmd) {
      case 'connack': {
        const code = packet.reasonCode ?? packet.returnCode ?? 0;
        if (code !== 0) return [refused(code, this.version)];
        const hello: Frame = { kind: 'hello', connectionId: this.clientId };
        return this.topics.length === 0 ? [hello] : [hello, { kind: 'ping', reply: this.subscribe() }];
      }
      case 'pingresp':
      case 'suback':
        return [{ kind: 'heartbeat' }];
      case 'publish':
        return [{ kind: 'event', event: { type: 'message', topic: packet.topic, payload: String(packet.payload) } }];
      case 'disconnect':
        return [refused(packet.reasonCode ?? 0, this.version)];
      default:
        return [bad(`it is ${packet.cmd}, which a server does not send`)];
    }
  }

  private subscribe(): WireData {
    const subscriptions = this.topics.map((topic) => ({ topic, qos: 0 as const }));
    return this.bytes({ cmd: 'subscribe', messageId: 1, subscriptions });
  }

  private bytes(packet: Packet): Uint8Array {
    return new Uint8Array(generate(packet, { protocolVersion: this.version }));
  }

  private newParser() {
    const made = parser({ protocolVersion: this.version });
    made.on('packet', (packet) => this.packets.push(packet));
    made.on('error', (error) => {
      throw error;
    });
    return made;
  }
}

const RETURN_CODES: Readonly<Record<number, Meaning>> = {
  1: 'app',
  2: 'user',
  3: 'unavailable',
  4: 'token',
  5: 'token',
};

const REASON_CODES: Readonly<Record<number, Meaning>> = {
  132: 'app', // Unsupported protocol version
  134: 'token', // Bad user name or password
  135: 'token', // Not authorized
  136: 'unavailable', // Server unavailable
  137: 'overloaded', // Server busy
  138: 'user', // Banned
  139: 'restarting', // Server shutting down
  142: 'ended', // Session taken over
  149: 'tooLarge', // Packet too large
  151: 'rateLimited', // Quota exceeded
  159: 'rateLimited', // Connection rate exceeded
};

function refused(code: number, version: 4 | 5): Frame {
  const meanings = version === 5 ? REASON_CODES : RETURN_CODES;
  return { kind: 'error', verdict: { meaning: meanings[code] ?? 'unavailable', code } };
}

function bad(problem: string): Frame {
  return { kind: 'bad', problem };
}
