import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadConfig } from '../../config/load-config.ts';
import { toSqlDatetime } from '../../lib/clock.ts';
import type { connectDatagrams as ConnectDatagrams } from '../../lib/connect-datagrams.ts';
import type { Store } from '../../store/database.ts';
import { openStore } from '../../store/open-store.ts';
import { upgradeHead } from '../../store/schema/migrate.ts';
import { ensureCertificates } from '../certificates/certificates-command.ts';
import { checkAmphorae } from './check-amphorae.ts';

/** A name server that takes its time over one name. */
vi.mock('../../lib/connect-datagrams.ts', async (load) => {
  const { connectDatagrams } = await load<{ connectDatagrams: typeof ConnectDatagrams }>();
  return { connectDatagrams: async (...words: Parameters<typeof ConnectDatagrams>) => (words[2] === 'slow.host.invalid' ? sleep(1200).then(() => connectDatagrams(words[0], 1, '127.0.0.1')) : connectDatagrams(...words)) };
});

let directory: string;
let store: Store;
let receiver: Socket;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'octavia-doctor-'));
  await ensureCertificates(directory);
  store = await openStore('sqlite://');
  await upgradeHead(store);
  receiver = createSocket('udp4').bind(0, '127.0.0.1');
  await once(receiver, 'listening');
});
afterEach(async () => {
  receiver.close();
  await store.close();
  rmSync(directory, { recursive: true });
});

/** Nobody listens on TCP port 1. */
const look = (health: Readonly<Record<string, unknown>> = {}) => checkAmphorae(loadConfig({ files: [], env: {}, overrides: {
  health_manager: { heartbeat_key: 'k', controller_ip_port_list: [`127.0.0.1:${receiver.address().port}`], ...health },
  haproxy_amphora: { server_ca: join(directory, 'server_ca.trusted.pem'), client_cert: join(directory, 'client.cert-and-key.pem'), bind_port: 1 },
} }), store);
const resultOf = async (what: string, health?: Readonly<Record<string, unknown>>) => (await look(health)).find((finding) => finding.what.startsWith(what))?.result;

async function addAmphora(id: string, heardMs: number | null): Promise<void> {
  await store.transaction(async (trx) => {
    await trx.insertInto('amphora').values({ id, status: 'ALLOCATED', lb_network_ip: '127.0.0.1', cert_busy: false }).execute();
    if (heardMs !== null) await trx.insertInto('amphora_health').values({ amphora_id: id, last_update: toSqlDatetime(heardMs), busy: false }).execute();
  });
}

describe('the doctor\'s look at amphorae', () => {
  it('without amphorae only the receivers can be looked at', async () => {
    expect((await look()).map(({ what, result }) => `${result} ${what.replace(/\d+$/, '')}`)).toEqual(['ok key', 'ok receiver 127.0.0.1:', 'note received', 'note port ']);
  });

  it.each([
    ['key', { heartbeat_key: null }], ['receivers', { controller_ip_port_list: [] }],
    ['receiver', { controller_ip_port_list: ['127.0.0.1:1'] }],
    // Nobody knows the name; the kernel lets nobody connect to the address; there is no port.
    ['receiver', { controller_ip_port_list: ['no.such.host.invalid:5555'] }], ['receiver', { controller_ip_port_list: ['255.255.255.255:5555'] }], ['receiver', { controller_ip_port_list: ['127.0.0.1'] }],
  ])('what is wrong with the %s of heartbeats is found', async (what, health) => expect(await resultOf(what, health)).toBe('failure'));

  it('a receiver whose name resolves slowly is looked at all the same', async () => {
    expect(await resultOf('receiver', { controller_ip_port_list: ['slow.host.invalid:5555'] })).toBe('failure');
  });

  it.each([[0, 'ok'], [45_000, 'ok'], [70_000, 'failure'], [null, 'failure']] as const)('an amphora last heard %s ms ago is %s', async (ageMs, result) => {
    await addAmphora('one', ageMs === null ? null : Date.now() - ageMs);
    expect(await resultOf('received')).toBe(result);
  });

  it('an agent that does not answer is named, with the way to it', async () => {
    await addAmphora('one', Date.now());
    expect((await look()).at(-1)).toMatchObject({ area: 'agents', result: 'failure', detail: expect.stringMatching(/1 of 1 did not answer: one at 127\.0\.0\.1/), fix: expect.stringContaining('o-hm0') });
  });
});
