import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../config/load-config.ts';
import type { Store } from '../store/database.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { silentLogger } from '../telemetry/logger.ts';
import { createHealthManager } from './health-manager.ts';
import { createKeyHandover, keysOf } from './key-handover.ts';
import { createHealthStore, createRecordingBus, createSender, createSetClock, heartbeatOf, seed } from './testing/health-world.ts';

let store: Store;
const clock = createSetClock();
beforeEach(async () => { store = await createHealthStore(); });
afterEach(() => store.close());

const wishes = async () => (await store.read.selectFrom('ts_request').select(['kind', 'amphora_id']).orderBy('amphora_id').execute()).map(({ kind, amphora_id }) => `${kind} ${amphora_id}`);
const fulfil = () => store.transaction((trx) => trx.deleteFrom('ts_request').execute());

describe('the change of the heartbeat key', () => {
  it('amphorae that sign with another accepted key are given the present one, again when it did not help, until none is left', async () => {
    const metrics = createMetrics();
    const handover = createKeyHandover({ store, clock, log: silentLogger, metrics });
    await seed(store, 'lb', { nowMs: clock.now() });
    handover.note('lb-a');
    await handover.handOver();
    expect(await wishes()).toEqual(['configure_amphora lb-a']);
    expect((await metrics.render()).body).toContain('octavia_health_other_key_amphorae 1');
    await fulfil();
    await handover.handOver();
    expect(await wishes()).toEqual([]);
    clock.advance(301_000);
    handover.note('lb-a');
    await handover.handOver();
    expect(await wishes()).toEqual(['configure_amphora lb-a']);
    await fulfil();
    clock.advance(121_000);
    await handover.handOver();
    expect((await metrics.render()).body).toContain('octavia_health_other_key_amphorae 0');
  });

  it('goes in batches and leaves deleted amphorae alone', async () => {
    const handover = createKeyHandover({ store, clock, log: silentLogger });
    await seed(store, 'gone', { nowMs: clock.now(), amphoraStatus: 'DELETED' });
    handover.note('gone-a');
    for (let index = 10; index < 40; index += 1) {
      await seed(store, `lb${index}`, { nowMs: clock.now() });
      handover.note(`lb${index}-a`);
    }
    await handover.handOver();
    expect(await wishes()).toHaveLength(19);
    await handover.handOver();
    expect(await wishes()).toHaveLength(30);
  });

  it('the present key comes first, whatever the list says', () => {
    expect(keysOf({ heartbeat_key: 'now', accepted_heartbeat_keys: ['next', 'now', ''] })).toEqual(['now', 'next']);
  });

  it('a manager accepts every listed key and no other, also after SIGHUP', async () => {
    const metrics = createMetrics();
    const load = (heartbeat_key: string, accepted_heartbeat_keys: string[]) => loadConfig({ files: [], overrides: { health_manager: { bind_ip: '127.0.0.1', bind_port: 0, heartbeat_key, accepted_heartbeat_keys } } });
    const manager = createHealthManager({ store, config: load('old', ['next']), bus: createRecordingBus(), metrics, clock });
    await seed(store, 'lb', { nowMs: clock.now() });
    await manager.start();
    const sender = createSender(manager.address ?? { host: '', port: 0 });
    const counted = async (outcome: string, n: number) => {
      const line = `octavia_health_heartbeats_total{outcome="${outcome}"} ${n}`;
      while (!(await metrics.render()).body.includes(line)) await new Promise((resolve) => setImmediate(resolve));
    };
    try {
      await sender.send(heartbeatOf('lb', 1), 'old');
      await sender.send(heartbeatOf('lb', 2), 'next');
      await counted('accepted', 2);
      await sender.send(heartbeatOf('lb', 3), 'forged');
      await counted('unauthentic', 1);
      manager.reconfigure(load('next', []));
      await sender.send(heartbeatOf('lb', 4), 'old');
      await counted('accepted', 3);
    } finally {
      sender.close();
      await manager.stop();
    }
  });
});
