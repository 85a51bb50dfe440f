import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AmphoraClientFactory, AmphoraEndpoint } from '../amphora/client/amphora-client.ts';
import { createNoopAmphoraClientFactory } from '../amphora/client/noop-client.ts';
import { loadConfig } from '../config/load-config.ts';
import { toSqlDatetime } from '../lib/clock.ts';
import type { AmphoraStatus, ProvisioningStatus } from '../model/enums.ts';
import type { Store } from '../store/database.ts';
import { openStore } from '../store/open-store.ts';
import { upgradeHead } from '../store/schema/migrate.ts';
import { createHousekeeping } from './housekeeping.ts';

const NOW = Date.UTC(2026, 5, 1);
const WEEK_MS = 604_800_000;
const clock = { now: () => NOW };
const config = loadConfig({ files: [] });
let store: Store;

beforeEach(async () => {
  store = await openStore('sqlite://');
  await upgradeHead(store);
});
afterEach(() => store.close());

async function addLoadBalancer(id: string, provisioning_status: ProvisioningStatus, updatedAtMs: number) {
  const common = { created_at: toSqlDatetime(0), updated_at: toSqlDatetime(updatedAtMs), operating_status: 'OFFLINE' as const, provisioning_status, enabled: true, project_id: 'p' };
  await store.transaction(async (trx) => {
    await trx.insertInto('load_balancer').values({ ...common, id, topology: 'SINGLE', provider: 'amphora' }).execute();
    await trx.insertInto('vip').values({ load_balancer_id: id, vnic_type: 'normal' }).execute();
    await trx.insertInto('vip_security_group').values({ load_balancer_id: id, sg_id: 'sg' }).execute();
    await trx.insertInto('additional_vip').values({ load_balancer_id: id, subnet_id: 's' }).execute();
    await trx.insertInto('vrrp_group').values({ load_balancer_id: id }).execute();
    await trx.insertInto('tags').values({ resource_id: id, tag: 't' }).execute();
    await trx.insertInto('pool').values({ ...common, id: `${id}-p`, protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', load_balancer_id: id, tls_enabled: false }).execute();
    await trx.insertInto('listener').values({ ...common, id: `${id}-l`, protocol: 'HTTP', protocol_port: 80, load_balancer_id: id, default_pool_id: `${id}-p`, client_authentication: 'NONE' }).execute();
  });
}

async function addAmphora(id: string, status: AmphoraStatus, changes: { loadBalancerId?: string; updatedAtMs?: number; heardAtMs?: number; certExpiresMs?: number; certBusy?: boolean } = {}) {
  await store.transaction(async (trx) => {
    await trx.insertInto('amphora').values({
      id, status, load_balancer_id: changes.loadBalancerId ?? null, cert_busy: changes.certBusy ?? false, lb_network_ip: '127.16.0.1',
      updated_at: toSqlDatetime(changes.updatedAtMs ?? NOW), cert_expiration: changes.certExpiresMs === undefined ? null : toSqlDatetime(changes.certExpiresMs),
    }).execute();
    if (changes.heardAtMs !== undefined) await trx.insertInto('amphora_health').values({ amphora_id: id, last_update: toSqlDatetime(changes.heardAtMs), busy: false }).execute();
  });
}

const idsOf = async (table: 'load_balancer' | 'amphora' | 'listener') => (await store.read.selectFrom(table).select('id').orderBy('id').execute()).map((row) => row.id);

describe('the clean-up', () => {
  it('purges load balancers that are deleted long enough, with all that belongs to them, and nothing else', async () => {
    await addLoadBalancer('old', 'DELETED', NOW - WEEK_MS - 1000);
    await addLoadBalancer('young', 'DELETED', NOW - WEEK_MS + 1000);
    await addLoadBalancer('live', 'ACTIVE', NOW - 2 * WEEK_MS);
    await addAmphora('amphora', 'DELETED', { loadBalancerId: 'old', updatedAtMs: NOW });
    await createHousekeeping({ store, config, clock }).cleanUp();
    expect(await idsOf('load_balancer')).toEqual(['live', 'young']);
    expect(await idsOf('listener')).toEqual(['live-l', 'young-l']);
    expect(await idsOf('amphora')).toEqual(['amphora']);
  });

  it('forgets events older than event_expiry_age, however many there are', async () => {
    const rows = Array.from({ length: 2500 }, (_, index) => ({
      id: `${index}`, seq: BigInt(index), created_at: index < 2400 ? '2020-01-01 00:00:00' : '2999-01-01 00:00:00', object_type: 'pool', action: 'create', outcome: 'success',
    }));
    await store.transaction(async (trx) => { for (let start = 0; start < rows.length; start += 500) await trx.insertInto('ts_event').values(rows.slice(start, start + 500)).execute(); });
    await createHousekeeping({ store, config, clock }).cleanUp();
    const kept = await store.read.selectFrom('ts_event').select((eb) => eb.fn.countAll<bigint>().as('count')).executeTakeFirstOrThrow();
    expect(Number(kept.count)).toBe(100);
  });

  it('purges deleted amphorae only when they are not heard of either', async () => {
    const old = NOW - WEEK_MS - 1000;
    await addAmphora('gone', 'DELETED', { updatedAtMs: old, heardAtMs: old });
    await addAmphora('never-heard', 'DELETED', { updatedAtMs: old });
    await addAmphora('zombie', 'DELETED', { updatedAtMs: old, heardAtMs: NOW - 1000 });
    await addAmphora('young', 'DELETED', { updatedAtMs: NOW - 1000 });
    await addAmphora('error', 'ERROR', { updatedAtMs: old });
    await createHousekeeping({ store, config, clock }).cleanUp();
    expect(await idsOf('amphora')).toEqual(['error', 'young', 'zombie']);
    expect(await store.read.selectFrom('amphora_health').select('amphora_id').execute()).toEqual([{ amphora_id: 'zombie' }]);
  });
});

describe('the renewal of certificates', () => {
  const day = 86_400_000;
  const issuedFor: string[] = [];
  const generator = {
    issue: async (name: string, validitySeconds: number) => {
      issuedFor.push(name);
      return { certificatePem: 'CERT\n', privateKeyPem: 'KEY\n', expiresAtMs: NOW + validitySeconds * 1000 };
    },
  };
  const uploads: { endpoint: AmphoraEndpoint; pem: string }[] = [];
  const amphorae = (fail = false): AmphoraClientFactory => {
    const noop = createNoopAmphoraClientFactory();
    return {
      ...noop,
      connect: (endpoint, patience) => ({
        ...noop.connect(endpoint, patience),
        uploadAgentCertificate: async (pem) => {
          if (fail) throw new Error('unreachable');
          uploads.push({ endpoint, pem });
        },
      }),
    };
  };
  beforeEach(() => {
    issuedFor.length = 0;
    uploads.length = 0;
  });
  const rowOf = (id: string) => store.read.selectFrom('amphora').select(['cert_busy', 'cert_expiration', 'status']).where('id', '=', id).executeTakeFirst();

  it('renews what ends within the buffer and nothing else', async () => {
    await addAmphora('soon', 'ALLOCATED', { certExpiresMs: NOW + 13 * day });
    await addAmphora('later', 'ALLOCATED', { certExpiresMs: NOW + 15 * day });
    await addAmphora('deleted', 'DELETED', { certExpiresMs: NOW });
    await addAmphora('busy', 'ALLOCATED', { certExpiresMs: NOW, certBusy: true });
    await addAmphora('abandoned', 'ALLOCATED', { certExpiresMs: NOW, certBusy: true, updatedAtMs: NOW - 6 * 60_000 });
    await createHousekeeping({ store, config, clock, generator, amphorae: amphorae() }).rotate();
    expect(issuedFor.toSorted()).toEqual(['abandoned', 'soon']);
    expect(uploads[0]?.pem).toBe('CERT\nKEY\n');
    expect(await rowOf('soon')).toEqual({ cert_busy: false, cert_expiration: toSqlDatetime(NOW + 30 * day), status: 'ALLOCATED' });
  });

  it('renews what has ended, and what ends later than it could: a clock was ahead when it was issued', async () => {
    await addAmphora('ended', 'ALLOCATED', { certExpiresMs: NOW - day });
    await addAmphora('future', 'READY', { certExpiresMs: NOW + 31 * day });
    await addAmphora('fresh', 'ALLOCATED', { certExpiresMs: NOW + 30 * day + 60_000 });
    await createHousekeeping({ store, config, clock, generator, amphorae: amphorae() }).rotate();
    expect(issuedFor.toSorted()).toEqual(['ended', 'future']);
  });

  it('renews what an earlier authority signed, once more after the hand-over, and then rests', async () => {
    const hour = 3_600_000;
    const since = NOW - 10 * 60_000;
    await addAmphora('before', 'ALLOCATED', { certExpiresMs: since - 1000 + 30 * day });
    await addAmphora('handover', 'ALLOCATED', { certExpiresMs: since + 1000 + 30 * day });
    let nowMs = NOW;
    const renewing = createHousekeeping({
      store, config, clock: { now: () => nowMs }, amphorae: amphorae(),
      generator: { authoritySinceMs: async () => since, issue: async (name, validity) => ({ ...(await generator.issue(name, validity)), expiresAtMs: nowMs + validity * 1000 }) },
    });
    await renewing.rotate();
    expect(issuedFor).toEqual(['before']);
    await renewing.rotate();
    expect(issuedFor).toEqual(['before']);
    nowMs = since + hour;
    await renewing.rotate();
    expect(issuedFor.toSorted()).toEqual(['before', 'before', 'handover']);
    await renewing.rotate();
    nowMs += day;
    await renewing.rotate();
    expect(issuedFor).toHaveLength(3);
  });

  it('leaves an amphora that cannot be reached as it was, for the next round', async () => {
    await addAmphora('soon', 'ALLOCATED', { certExpiresMs: NOW + day });
    await createHousekeeping({ store, config, clock, generator, amphorae: amphorae(true) }).rotate();
    expect(await rowOf('soon')).toEqual({ cert_busy: false, cert_expiration: toSqlDatetime(NOW + day), status: 'ALLOCATED' });
  });

  it('that a crash cut short is taken over after five minutes, one that only takes long is not', async () => {
    await addAmphora('slow', 'ALLOCATED', { certExpiresMs: NOW });
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    let nowMs = NOW;
    const later = { now: () => nowMs };
    const upload = Promise.withResolvers<void>();
    const noop = amphorae();
    const slow: AmphoraClientFactory = { ...noop, connect: (endpoint, patience) => ({ ...noop.connect(endpoint, patience), uploadAgentCertificate: () => upload.promise }) };
    try {
      const renewing = createHousekeeping({ store, config, clock: later, generator, amphorae: slow }).rotate();
      await vi.waitUntil(() => issuedFor.length === 1);
      for (let minute = 1; minute <= 8; minute += 1) {
        nowMs += 60_000;
        vi.advanceTimersByTime(60_000);
        await vi.waitUntil(async () => (await store.read.selectFrom('amphora').select('updated_at').where('id', '=', 'slow').executeTakeFirst())?.updated_at === toSqlDatetime(nowMs));
        await createHousekeeping({ store, config, clock: later, generator, amphorae: amphorae() }).rotate();
      }
      expect(issuedFor).toEqual(['slow']);
      // Its process dies here.
      vi.clearAllTimers();
      nowMs += 301_000;
      await createHousekeeping({ store, config, clock: later, generator, amphorae: amphorae() }).rotate();
      expect(issuedFor).toEqual(['slow', 'slow']);
      expect(await rowOf('slow')).toMatchObject({ cert_busy: false });
      upload.resolve();
      await renewing;
    } finally {
      vi.useRealTimers();
    }
  });

  it('is done once when several housekeepers run', async () => {
    await addAmphora('soon', 'ALLOCATED', { certExpiresMs: NOW + day });
    await Promise.all([1, 2, 3].map(() => createHousekeeping({ store, config, clock, generator, amphorae: amphorae() }).rotate()));
    expect(issuedFor).toEqual(['soon']);
  });
});

it('does its jobs neither all the time nor never, whatever the intervals', async () => {
  const timers = vi.spyOn(globalThis, 'setInterval');
  const month = 30 * 24 * 3600;
  const housekeeping = createHousekeeping({ store, clock, config: { ...config, house_keeping: { ...config.house_keeping, cleanup_interval: 0, cert_interval: month } } });
  housekeeping.start();
  await housekeeping.stop();
  expect(timers.mock.calls.map(([, ms]) => ms)).toEqual([1000, 2 ** 31 - 1, 5000]);
  timers.mockRestore();
});
