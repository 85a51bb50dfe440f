import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createInProcessBus } from '../../bus/in-process-bus.ts';
import { freePort } from '../../lib/testing/free-port.ts';
import { openStore } from '../../store/open-store.ts';
import { upgradeHead } from '../../store/schema/migrate.ts';
import type * as Drivers from './drivers.ts';
import { runApi } from './run-api.ts';

vi.mock('./drivers.ts', async (original) => ({ ...(await original<typeof Drivers>()), connectBus: async () => createInProcessBus() }));

let directory: string;
let running: Promise<void> | undefined;
let url: string;
let port: number;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'octavia-api-'));
  const store = await openStore(connection());
  await upgradeHead(store);
  await store.close();
  port = await freePort();
  url = `http://127.0.0.1:${port}`;
});
afterEach(async () => {
  process.emit('SIGTERM');
  await running;
  process.removeAllListeners('SIGHUP');
  rmSync(directory, { recursive: true });
});

const connection = () => `sqlite:///${join(directory, 'octavia.db')}`;
const log = () => readFileSync(join(directory, 'log'), 'utf8');

function write(more: string): string {
  const file = join(directory, 'octavia.conf');
  writeFileSync(file, [
    `[DEFAULT]\nlog_file = ${join(directory, 'log')}`, `[database]\nconnection = ${connection()}`,
    '[certificates]\ncert_manager = noop_cert_manager', '[controller_worker]\nnetwork_driver = network_noop_driver\ncompute_driver = compute_noop_driver',
    `[api_settings]\nbind_port = ${port}\nauth_strategy = noauth`, more, '',
  ].join('\n'));
  return file;
}

async function start(more = ''): Promise<void> {
  running = runApi({ configFile: [write(more)], configDir: [] });
  await Promise.race([running, vi.waitFor(() => expect(log()).toContain('"Ready"'), { timeout: 20_000 })]);
}

describe('octavia api', () => {
  it('makes load balancers of the topology that SIGHUP brought', async () => {
    await start();
    const topologyOfNew = async (): Promise<unknown> => {
      const answer = await fetch(`${url}/v2/lbaas/loadbalancers`, {
        method: 'POST', headers: { 'content-type': 'application/json', 'x-project-id': 'p' },
        body: JSON.stringify({ loadbalancer: { vip_subnet_id: 'd4af86e1-0051-488c-b7a0-527f97490c9a', project_id: 'e3cd678b11784734bc366148aa37580e' } }),
      });
      const { loadbalancer } = await answer.json() as { loadbalancer: { id: string } };
      const store = await openStore(connection());
      const row = await store.read.selectFrom('load_balancer').select('topology').where('id', '=', loadbalancer.id).executeTakeFirstOrThrow();
      await store.close();
      return row.topology;
    };
    expect(await topologyOfNew()).toBe('SINGLE');
    write('[controller_worker]\nloadbalancer_topology = ACTIVE_STANDBY');
    process.emit('SIGHUP');
    await vi.waitFor(() => expect(log()).toContain('Configuration read again'), { timeout: 15_000 });
    expect(await topologyOfNew()).toBe('ACTIVE_STANDBY');
  }, 60_000);

  it('ends with the options to change when its port is taken', async () => {
    const other = createServer().listen(port, '127.0.0.1');
    await once(other, 'listening');
    await expect(runApi({ configFile: [write('')], configDir: [] })).rejects.toThrow(/The API cannot listen: .*EADDRINUSE.*\[api_settings\] bind_host and bind_port/);
    other.close();
  }, 60_000);

  it.each([true, false])('serves the dashboard as dashboard_enabled says (%s)', async (isEnabled) => {
    await start(`dashboard_enabled = ${isEnabled}`);
    expect((await fetch(`${url}/dashboard/api/changes`)).status !== 404).toBe(isEnabled);
  }, 60_000);
});
