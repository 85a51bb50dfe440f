import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAgentServer, type AgentServer } from '../../amphora/agent/http/agent-server.ts';
import { json } from '../../amphora/agent/http/reply.ts';
import { createRouter } from '../../amphora/agent/http/router.ts';
import type { ConfigOverrides } from '../../config/config.ts';
import { loadConfig } from '../../config/load-config.ts';
import { createAuthority } from '../../drivers/certs/authority.ts';
import { checkLightPool } from './check-light-pool.ts';

describe('the doctor\'s look at the light pool', () => {
  const directory = mkdtempSync(join(tmpdir(), 'octavia-doctor-pool-'));
  const file = (name: string) => join(directory, name);
  let server: AgentServer;
  beforeAll(async () => {
    const authority = await createAuthority('both', 3600);
    writeFileSync(file('ca.pem'), authority.certificatePem);
    for (const name of ['net-1', 'client']) {
      const { certificatePem, privateKeyPem } = await authority.issue(name, 3600);
      writeFileSync(file(`${name}.pem`), certificatePem + privateKeyPem);
    }
    server = await startAgentServer({
      state: null, router: createRouter([{ method: 'GET', path: '/1.0/facts', handle: () => json(200, { name: 'net-1', capacity: 2, amphorae: 2 }) }]),
      listen: { host: '127.0.0.1', port: 0 }, certificateFile: file('net-1.pem'), clientCaFile: file('ca.pem'), minVersion: 'TLSv1.2', requestTimeoutMs: 5000, onFailure: () => undefined,
    });
  });
  afterAll(async () => {
    await server.close();
    rmSync(directory, { recursive: true });
  });
  const check = (overrides: ConfigOverrides) =>
    checkLightPool(loadConfig({ env: {}, overrides: { haproxy_amphora: { client_cert: file('client.pem'), server_ca: file('ca.pem') }, ...overrides } }));

  it('says nothing without a pool, and what is missing where the pool is the standard', async () => {
    expect(await check({})).toEqual([]);
    expect(await check({ controller_worker: { compute_driver: 'compute_light_driver' } })).toMatchObject([{ result: 'failure', detail: expect.stringContaining('names no host') }]);
  });

  it('tells full hosts, hosts that do not answer and zones without a second host', async () => {
    const at = (name: string, port: number) => `${name}=127.0.0.1:${port}`;
    expect(await check({ light_pool: { hosts: [at('net-1', server.address.port), at('net-2', server.address.port), at('net-3', 1)] } })).toMatchObject([
      { what: 'net-1', result: 'note', detail: 'has 2 of 2 amphorae and takes no more' },
      { what: 'net-2', result: 'failure', fix: expect.stringContaining('certificates light-host net-2') },
      { what: 'net-3', result: 'failure', detail: expect.stringContaining('ECONNREFUSED') },
    ]);
    const [, zones] = await check({ light_pool: { hosts: [`${at('net-1', server.address.port)}@az1`] }, controller_worker: { loadbalancer_topology: 'ACTIVE_STANDBY' } });
    expect(zones).toMatchObject({ result: 'note', detail: expect.stringContaining('one host only (az1)') });
  });
});
