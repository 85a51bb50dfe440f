import { X509Certificate } from 'node:crypto';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { prepareServerCa, retireServerCa, switchServerCa, type AuthorityFiles } from '../../src/processes/certificates/authority-files.ts';
import { pause } from '../../src/processes/embedded/cloud-client.ts';
import { renewAll } from '../../src/processes/certificates/certificates-command.ts';
import { PairWorld, pairConfig } from '../faults/pair-world.ts';
import { until } from '../harness/until.ts';

let faults: PairWorld;
beforeAll(async () => {
  faults = await PairWorld.start();
});
afterAll(() => faults?.world.stop());

test('another server authority and another heartbeat key reach every amphora without a failover, and no request fails', async () => {
  const { world } = faults;
  const before = await faults.amphoraIds();
  const inAmphorae = (path: string): readonly string[] => before.map((id) => readFileSync(join(world.dataDir, 'amphorae', id, path), 'utf8'));
  const certs = join(world.dataDir, 'certs');
  const files: AuthorityFiles = {
    serverCa: join(certs, 'server_ca.cert.pem'), serverCaKey: join(certs, 'server_ca.key.pem'), passphrase: null, serverTrust: join(certs, 'trusted.pem'),
    clientTrust: join(certs, 'unused'), clientCertificate: join(certs, 'unused'),
  };
  const oldKey = readFileSync(join(world.dataDir, 'heartbeat.key'), 'utf8').trim();
  const restart = async (health: string): Promise<void> => {
    world.reconfigure(pairConfig({ amphora: `server_ca = ${files.serverTrust}`, health }));
    world.kill();
    await world.startAgain();
  };
  copyFileSync(files.serverCa, files.serverTrust);

  await faults.withoutFailures(async () => {
    await prepareServerCa(files);
    await restart('');
    await faults.change();
    await faults.untilApplied();

    world.kill();
    switchServerCa(files);
    // Housekeeping waits an hour with those that are as young as the authority.
    await renewAll({ configFile: [join(world.dataDir, 'octavia.conf')], configDir: [] });
    await restart(`heartbeat_key = another-key\naccepted_heartbeat_keys = ${oldKey}`);
    const authority = new X509Certificate(readFileSync(files.serverCa));
    await until('every agent has a certificate of the new authority', async () => inAmphorae('etc/octavia/certs/server.pem').every((pem) => new X509Certificate(pem).verify(authority.publicKey)), 120_000);
    await until('every agent has the new key', async () => inAmphorae('etc/octavia/amphora-agent.conf').every((ini) => ini.includes('another-key')), 120_000);
    await faults.change();
    await faults.untilApplied();

    retireServerCa(files, 0);
    await restart('heartbeat_key = another-key');
    await faults.change();
    await faults.untilApplied();
    // Longer than the health manager takes to give up whom it does not hear.
    await pause(12_000);
    await until('all are heard', async () => (await world.cloud.list('/v2.0/octavia/fleet', 'fleet')).every((row) => Number(row['heartbeat_age_seconds']) <= 3));
  });
  expect(await faults.amphoraIds()).toEqual(before);
}, 600_000);
