import { createSocket } from 'node:dgram';
import { encode } from '../../amphora/protocol/heartbeat-codec.ts';
import type { HeartbeatMessage } from '../../amphora/protocol/heartbeat-message.ts';
import type { Bus, Cast } from '../../bus/bus.ts';
import { toSqlDatetime, type Clock } from '../../lib/clock.ts';
import type { AmphoraStatus, OperatingStatus, ProvisioningStatus } from '../../model/enums.ts';
import { upgradeHead } from '../../store/schema/migrate.ts';
import type { Store, Trx } from '../../store/database.ts';
import { openStore } from '../../store/open-store.ts';

export const HEARTBEAT_KEY = 'test-heartbeat-key';

/** A clock that stands still until it is told otherwise. */
export interface SetClock extends Clock {
  advance(milliseconds: number): void;
}

export function createSetClock(startMs = Date.UTC(2026, 0, 2, 3, 4, 5)): SetClock {
  let nowMs = startMs;
  return { now: () => nowMs, advance: (milliseconds) => void (nowMs += milliseconds) };
}

/** An empty database with Octavia's schema; in memory unless a connection URL is given. */
export async function createHealthStore(connectionUrl = 'sqlite://'): Promise<Store> {
  const store = await openStore(connectionUrl);
  await upgradeHead(store);
  return store;
}

export interface SeedOptions {
  readonly amphoraIds?: readonly string[];
  readonly amphoraStatus?: AmphoraStatus;
  readonly provisioningStatus?: ProvisioningStatus;
  readonly operatingStatus?: OperatingStatus;
  readonly enabled?: boolean;
  readonly lastUpdateMs?: number;
  readonly nowMs: number;
}

/** One load balancer `<name>` with amphorae, listener `<name>-l`, pool `<name>-p`, members `<name>-m1` and `-m2`, monitor `<name>-hm`. */
export async function seed(store: Store, name: string, options: SeedOptions): Promise<void> {
  await store.transaction((trx) => seedIn(trx, name, options));
}

/** The same inside a transaction of the caller. */
export async function seedIn(trx: Trx, name: string, options: SeedOptions): Promise<void> {
  const { enabled = true, operatingStatus: operating_status = 'OFFLINE', provisioningStatus: provisioning_status = 'ACTIVE' } = options;
  const at = toSqlDatetime(options.nowMs - 3_600_000);
  const statuses = { provisioning_status, operating_status, enabled, created_at: at, updated_at: at, project_id: 'project', name };
  const owned = { ...statuses, provisioning_status: 'ACTIVE' as const, enabled: true };
  await trx.insertInto('load_balancer').values({ ...statuses, id: name, topology: 'SINGLE', provider: 'amphora' }).execute();
  await trx.insertInto('pool').values({ ...owned, id: `${name}-p`, protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', load_balancer_id: name, tls_enabled: false }).execute();
  await trx.insertInto('listener').values({
    ...owned, id: `${name}-l`, protocol: 'HTTP', protocol_port: 80, load_balancer_id: name, default_pool_id: `${name}-p`, client_authentication: 'NONE',
  }).execute();
  for (const port of [1, 2]) {
    await trx.insertInto('member').values({ ...owned, id: `${name}-m${port}`, pool_id: `${name}-p`, ip_address: '192.0.2.1', protocol_port: port, weight: 1, backup: false, vnic_type: 'normal' }).execute();
  }
  await trx.insertInto('health_monitor').values({ ...owned, id: `${name}-hm`, pool_id: `${name}-p`, type: 'HTTP', delay: 5, timeout: 3, fall_threshold: 3, rise_threshold: 3 }).execute();
  for (const id of options.amphoraIds ?? [`${name}-a`]) {
    await trx.insertInto('amphora').values({ id, status: options.amphoraStatus ?? 'ALLOCATED', load_balancer_id: name, compute_id: `${id}-compute`, cert_busy: false, created_at: at, updated_at: at }).execute();
    if (options.lastUpdateMs !== undefined) await trx.insertInto('amphora_health').values({ amphora_id: id, last_update: toSqlDatetime(options.lastUpdateMs), busy: false }).execute();
  }
}

/** A heartbeat of amphora `<name>-a` (or `amphora`) that reports everything well, except as told. */
export function heartbeatOf(name: string, seq: number, told: { readonly amphora?: string; readonly ver?: number; readonly members?: Readonly<Record<string, string>>; readonly listeners?: readonly string[]; readonly totconns?: number } = {}): HeartbeatMessage {
  const stats = { tx: 10, rx: 5, conns: 1, totconns: told.totconns ?? 1, ereq: 0 };
  return {
    id: told.amphora ?? `${name}-a`, seq, ver: told.ver ?? 3,
    listeners: Object.fromEntries((told.listeners ?? [`${name}-l`]).map((id) => [id, { status: 'OPEN' as const, stats }])),
    pools: { [`${name}-p:${name}-l`]: { status: 'UP', members: told.members ?? { [`${name}-m1`]: 'UP', [`${name}-m2`]: 'UP' } } },
  };
}

/** Sends datagrams to a health manager. */
export function createSender(target: { readonly host: string; readonly port: number }) {
  const socket = createSocket('udp4');
  const raw = (packet: Buffer) => new Promise<void>((resolve, reject) => socket.send(packet, target.port, target.host, (error) => (error === null ? resolve() : reject(error))));
  return { raw, send: (message: HeartbeatMessage, key = HEARTBEAT_KEY) => raw(encode(message, key)), close: () => socket.close() };
}

/** A bus that only remembers. */
export function createRecordingBus(): Bus & { readonly casts: Cast[] } {
  const casts: Cast[] = [];
  return { casts, cast: async (cast) => void casts.push(cast), consume: async () => async () => undefined, close: async () => undefined };
}
