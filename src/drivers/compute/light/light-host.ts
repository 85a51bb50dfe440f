import { readFileSync } from 'node:fs';
import { buildConnector, Pool } from 'undici';
import { confirmChange } from '../../../lib/change-guard.ts';
import { OctaviaError, reasonOf } from '../../../lib/errors.ts';
import { objectOf, textOf } from '../../../openstack/json.ts';
import { ComputeHostUnreachable } from '../../errors.ts';
import {
  decodeAmphora, decodeFacts, decodeListing, encodeBoot, encodePort, type LightAmphora, type LightBoot, type LightFacts, type LightListing, type LightPort,
} from './wire.ts';

/** A host of the light pool as controllers see it. Calls throw LightHostUnreachable or LightHostRefused. */
export interface LightHost {
  readonly name: string;
  readonly zone: string | null;
  facts(): Promise<LightFacts>;
  list(): Promise<LightListing>;
  /** Null when it has no such amphora. */
  find(amphoraId: string): Promise<LightAmphora | null>;
  /** Twice is once. */
  boot(amphoraId: string, boot: LightBoot, signal?: AbortSignal): Promise<LightAmphora>;
  attach(amphoraId: string, port: LightPort): Promise<void>;
  detach(amphoraId: string, portId: string): Promise<void>;
  /** Gone already is success. */
  remove(amphoraId: string): Promise<void>;
  close(): Promise<void>;
}

/** Nothing is known of what became of the call. */
export class LightHostUnreachable extends ComputeHostUnreachable {
  constructor(host: string, call: string, reason: string, cause?: unknown) {
    super(`Host ${host} of the light pool`, call, reason, cause);
  }
}

/** The host answered, and not with a success. */
export class LightHostRefused extends OctaviaError {
  readonly status: number;
  constructor(host: string, call: string, status: number, reason: string) {
    super('light-host-refused', `Host ${host} of the light pool: ${call}: ${status} ${reason}`, { retry: status === 409 ? 'wait' : 'retry' });
    this.status = status;
  }
}

export interface LightHostAddress { readonly name: string; readonly address: string; readonly port: number; readonly zone: string | null }

/** One word of [light_pool] hosts: `NAME=ADDRESS:PORT@ZONE`; the configuration has checked its form. */
export function parseHostAddress(text: string): LightHostAddress {
  const [, name = '', six, other, port, zone = null] = /^([^=]+)=(?:\[([^\]]+)\]|([^:]+)):(\d+)(?:@(.+))?$/.exec(text) ?? [];
  return { name, address: six ?? other ?? '', port: Number(port), zone };
}

interface LightHostOptions {
  /** Files of the controller, read with each new connection: its certificate with key, and the authorities of agents. */
  readonly clientCert: string;
  readonly serverCa: string;
  readonly requestTimeoutMs: number;
}

/** A host that is dead must not hold up those who ask all hosts. */
const CONNECT_TIMEOUT_MS = 3000;
const LOOK_TIMEOUT_MS = 5000;
const CONNECTIONS = 8;

/** Client of one host over mutual TLS. Its certificate must carry its name, so that no host is taken for another. */
export function connectLightHost({ name, address, port, zone }: LightHostAddress, options: LightHostOptions): LightHost {
  let pool: Pool | null = null;
  const open = (): Pool => {
    const certificate = readFileSync(options.clientCert, 'utf8');
    const connector = buildConnector({
      ca: readFileSync(options.serverCa, 'utf8'), cert: certificate, key: certificate, servername: name, minVersion: 'TLSv1.2', timeout: CONNECT_TIMEOUT_MS, rejectUnauthorized: true,
    });
    return new Pool(`https://${name}:${port}`, { connections: CONNECTIONS, keepAliveTimeout: 60_000, connect: (target, done) => connector({ ...target, hostname: address, host: address }, done) });
  };
  const send = async (method: 'GET' | 'PUT' | 'DELETE', path: string, { body, signal, accept = [], timeoutMs = options.requestTimeoutMs }: CallOptions = {}): Promise<{ status: number; body: unknown }> => {
    const call = `${method} ${path}`;
    if (method !== 'GET') await confirmChange();
    let answer: { readonly status: number; readonly text: string };
    try {
      const used = (pool ??= open());
      const limit = AbortSignal.timeout(timeoutMs);
      const response = await used.request({
        method, path: `/1.0${path}`, signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
        ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      });
      answer = { status: response.statusCode, text: await response.body.text() };
    } catch (error) {
      if (signal?.aborted) throw error;
      // The next call makes new connections, with the files as they are then; calls that are under way come to their end.
      void pool?.close();
      pool = null;
      throw new LightHostUnreachable(name, call, reasonOf(error), error);
    }
    const parsed = parse(answer.text);
    if (answer.status >= 400 && !accept.includes(answer.status)) throw new LightHostRefused(name, call, answer.status, textOf(objectOf(parsed)['details']) ?? answer.text.slice(0, 500));
    return { status: answer.status, body: parsed };
  };
  return {
    name, zone,
    facts: async () => decodeFacts((await send('GET', '/facts', { timeoutMs: LOOK_TIMEOUT_MS })).body),
    list: async () => decodeListing((await send('GET', '/amphorae', { timeoutMs: LOOK_TIMEOUT_MS })).body),
    async find(amphoraId) {
      const { status, body } = await send('GET', `/amphorae/${amphoraId}`, { accept: [404], timeoutMs: LOOK_TIMEOUT_MS });
      return status === 404 ? null : decodeAmphora(body);
    },
    boot: async (amphoraId, boot, signal) => decodeAmphora((await send('PUT', `/amphorae/${amphoraId}`, { body: encodeBoot(boot), ...(signal && { signal }) })).body),
    attach: async (amphoraId, port) => void (await send('PUT', `/amphorae/${amphoraId}/ports/${port.port.id}`, { body: encodePort(port) })),
    detach: async (amphoraId, portId) => void (await send('DELETE', `/amphorae/${amphoraId}/ports/${portId}`)),
    remove: async (amphoraId) => void (await send('DELETE', `/amphorae/${amphoraId}`)),
    close: async () => pool?.destroy(),
  };
}

interface CallOptions { readonly body?: unknown; readonly signal?: AbortSignal; readonly accept?: readonly number[]; readonly timeoutMs?: number }

/** Null for what is no JSON: the caller then says what the text was, or that something is missing in it. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
