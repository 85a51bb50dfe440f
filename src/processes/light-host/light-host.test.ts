import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAgentServer, type AgentServer } from '../../amphora/agent/http/agent-server.ts';
import { createRouter } from '../../amphora/agent/http/router.ts';
import { createAuthority } from '../../drivers/certs/authority.ts';
import { connectLightHost, parseHostAddress, type LightHost } from '../../drivers/compute/light/light-host.ts';
import type { InstanceRecord } from '../../drivers/compute/namespace/instance-record.ts';
import { ResourceNotFound } from '../../drivers/errors.ts';
import type { Port } from '../../drivers/network/network-driver.ts';
import { lightHostRoutes, type LightHostState } from './host-routes.ts';

const AMPHORA = '8d4a8f2e-0c56-4f0e-9f0f-2a5d1c3b7e90';
const OTHER = 'b6f2a1d4-3c5e-4a7b-8d9f-0e1f2a3b4c5d';
const PORT = { id: '3f1c9a52-7b0d-4e7c-9f11-0a2b3c4d5e6f', name: 'vrrp', networkId: 'cccccccc-0000-4000-8000-000000000001', macAddress: 'fa:16:3e:12:34:56', fixedIps: [{ subnetId: 's', ipAddress: '10.0.0.5' }] } as unknown as Port;
const directory = mkdtempSync(join(tmpdir(), 'octavia-light-'));
const file = (name: string) => join(directory, name);

/** Amphorae in memory. */
function memory() {
  const records = new Map<string, InstanceRecord>();
  const calls: string[] = [];
  const instance = (id: string) => ({ computeId: id, state: records.has(id) ? 'active' as const : 'gone' as const, lbNetworkIp: '10.50.0.1', zone: null, imageId: null, flavorId: records.get(id)?.flavorId ?? null, fault: null });
  const compute: LightHostState['compute'] = {
    async ensure({ amphoraId, loadBalancerId, flavor, files }) {
      calls.push(`boot ${Object.keys(files).join()}`);
      records.set(amphoraId, { amphoraId, loadBalancerId, netns: '', lbNetworkIp: '', createdAt: '2026-01-01 00:00:00', ports: [], hostBootId: '', flavorId: flavor.compute_flavor ?? null });
      return instance(amphoraId);
    },
    get: async (id) => instance(id),
    list: () => [...records.values()],
    listLost: async () => [OTHER],
    async attachPort(id, port) {
      if (!records.has(id)) throw new ResourceNotFound('Compute instance', id);
      calls.push(`plug ${port.id} ${port.macAddress} ${port.mtu} ${port.fixedIps[0]?.ipAddress}`);
    },
    detachPort: async (_id, portId) => void calls.push(`unplug ${portId}`),
    remove: async (id) => void records.delete(id),
  };
  return { compute, calls, records };
}

describe('a host of the light pool over mutual TLS', () => {
  const { compute, calls, records } = memory();
  let server: AgentServer;
  let host: LightHost;
  const connect = (name: string, clientCert = file('client.pem')) =>
    connectLightHost({ name, address: '127.0.0.1', port: server.address.port, zone: null }, { clientCert, serverCa: file('agents.pem'), requestTimeoutMs: 5000 });
  beforeAll(async () => {
    const [agents, controllers] = [await createAuthority('agents', 3600), await createAuthority('controllers', 3600)];
    const issue = async (name: string, from: typeof agents, commonName: string) => {
      const { certificatePem, privateKeyPem } = await from.issue(commonName, 3600);
      writeFileSync(file(name), certificatePem + privateKeyPem);
    };
    writeFileSync(file('agents.pem'), agents.certificatePem);
    writeFileSync(file('controllers.pem'), controllers.certificatePem);
    await issue('host.pem', agents, 'compute-1');
    await issue('client.pem', controllers, 'controller');
    await issue('amphora.pem', agents, 'amphora');
    const state: LightHostState = { name: 'compute-1', compute, capacity: 1, vifType: 'ovs', now: () => Date.parse('2026-01-01T00:01:00Z') };
    server = await startAgentServer({
      state, router: createRouter(lightHostRoutes), listen: { host: '127.0.0.1', port: 0 }, certificateFile: file('host.pem'), clientCaFile: file('controllers.pem'), minVersion: 'TLSv1.2',
      requestTimeoutMs: 5000, onFailure: () => undefined,
    });
    host = connect('compute-1');
  });
  afterAll(async () => {
    await host.close();
    await server.close();
    rmSync(directory, { recursive: true });
  });

  it('boots, shows, plugs and removes, each twice being once', async () => {
    expect(await host.find(AMPHORA)).toBeNull();
    const boot = { loadBalancerId: 'lb', files: { '/etc/octavia/amphora-agent.conf': 'x = y' }, computeFlavor: '1x512' };
    const made = { amphoraId: AMPHORA, state: 'active', lbNetworkIp: '10.50.0.1', computeFlavor: '1x512', ageSeconds: 60 };
    expect([await host.boot(AMPHORA, boot), await host.boot(AMPHORA, boot), await host.find(AMPHORA)]).toEqual([made, made, made]);
    expect(await host.list()).toEqual({ amphorae: [made], lost: [OTHER] });
    expect(await host.facts()).toEqual({ name: 'compute-1', capacity: 1, amphorae: 1 });
    await host.attach(AMPHORA, { port: PORT, mtu: 1442, vifType: 'ovs' });
    await host.detach(AMPHORA, PORT.id);
    expect(calls).toEqual([...Array.from({ length: 2 }, () => 'boot /etc/octavia/amphora-agent.conf'), `plug ${PORT.id} fa:16:3e:12:34:56 1442 10.0.0.5`, `unplug ${PORT.id}`]);
    await expect(host.boot(OTHER, boot)).rejects.toThrow(/409 This host has 1 amphorae and takes no more than 1/);
    await host.remove(AMPHORA);
    await host.remove(AMPHORA);
    expect(records.size).toBe(0);
  });

  it('refuses in words what does not fit', async () => {
    await expect(host.attach(AMPHORA, { port: PORT, mtu: 1442, vifType: 'bridge' })).rejects.toThrow(/409 Neutron bound port .* as bridge, and .*l2 .* ovs/);
    await expect(host.attach(AMPHORA, { port: PORT, mtu: 1442, vifType: 'ovs' })).rejects.toThrow(/404 Compute instance/);
    await expect(host.attach(AMPHORA, { port: PORT, mtu: 1, vifType: 'ovs' })).rejects.toThrow(/400 mtu/);
    await expect(host.boot(AMPHORA, { loadBalancerId: null, files: { '/../../etc/passwd': 'x' }, computeFlavor: null })).rejects.toThrow(/400 files/);
    await expect(host.remove('not-an-id')).rejects.toThrow(/400 an id/);
  });

  it('talks to controllers only, and no host is taken for another', async () => {
    await expect(connect('compute-1', file('amphora.pem')).facts()).rejects.toThrow(/Host compute-1 of the light pool: GET \/facts: /);
    await expect(connect('compute-2').facts()).rejects.toThrow(/Host compute-2 .*compute-1/);
  });

  it.each([
    ['compute-1=10.0.0.11:9449', { name: 'compute-1', address: '10.0.0.11', port: 9449, zone: null }],
    ['compute-1=[fd00::1]:9449@east', { name: 'compute-1', address: 'fd00::1', port: 9449, zone: 'east' }],
    ['c.example.org=c.example.org:1@a b', { name: 'c.example.org', address: 'c.example.org', port: 1, zone: 'a b' }],
  ])('%s is understood', (text, expected) => {
    expect(parseHostAddress(text)).toEqual(expected);
  });
});
