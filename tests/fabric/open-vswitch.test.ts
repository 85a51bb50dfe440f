import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootNamespace } from '../../src/drivers/compute/namespace/boot-namespace.ts';
import type { Port } from '../../src/drivers/network/network-driver.ts';
import { run } from '../../src/lib/run.ts';
import { createPortPlugs } from '../../src/processes/light-host/plug-ports.ts';

const SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema';
/** Where an Open vSwitch that is not installed was unpacked to. */
const root = process.env['OVS_ROOT'] ?? '';

/** Userspace datapath: no module of the kernel is needed. */
describe.skipIf(!existsSync(root + SCHEMA))('ports of the light pool in a real Open vSwitch', () => {
  const directory = mkdtempSync(join(tmpdir(), 'octavia-ovs-'));
  const sh = async (script: string): Promise<string> => (await run('sh', ['-ec', script])).stdout;
  const port = (number: number) => ({ id: `3f1c9a5${number}-7b0d-4e7c-9f11-0a2b3c4d5e6f`, networkId: 'n', macAddress: `fa:16:3e:12:34:5${number}`, mtu: 1442 }) as Port;
  const plugs = createPortPlugs({ l2: 'openvswitch', integrationBridge: 'br-int' });
  beforeAll(async () => {
    await sh(`
      mkdir -p /run/openvswitch
      ovsdb-tool create ${directory}/conf.db ${root}${SCHEMA}
      ovsdb-server ${directory}/conf.db --remote=punix:/run/openvswitch/db.sock --detach --no-chdir --pidfile --log-file=${directory}/server.log
      ovs-vsctl --no-wait init
      ${root}/usr/lib/openvswitch-switch/ovs-vswitchd --detach --no-chdir --pidfile --log-file=${directory}/switch.log
      ovs-vsctl add-br br-int -- set bridge br-int datapath_type=netdev fail-mode=standalone`);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('are there once, carry the ids that L2 agents look for, pass traffic, and go without a trace', async () => {
    for (const number of [1, 2]) {
      const netns = `octavia-a${number}`;
      await bootNamespace(netns);
      await plugs.plug(netns, port(number));
      await plugs.plug(netns, port(number));
      // The userspace switch passes on what the sender left to hardware, so nobody may leave anything.
      await sh(`
        link=$(ip -n ${netns} -br link | grep -o '^prt[^@]*')
        nsenter --net=/run/netns/${netns} ethtool -K $link tx off >/dev/null 2>&1 || true
        ip -n ${netns} address add 10.1.1.${number}/24 dev $link; ip -n ${netns} link set $link up`);
    }
    expect((await sh('ovs-vsctl list-ports br-int')).trim().split('\n').toSorted()).toEqual(['tap3f1c9a51-7b', 'tap3f1c9a52-7b']);
    expect(await sh('ovs-vsctl get Interface tap3f1c9a51-7b external_ids')).toContain(`{attached-mac="fa:16:3e:12:34:51", iface-id="${port(1).id}", iface-status=active, vm-uuid=a1}`);
    expect(await sh('nsenter --net=/run/netns/octavia-a1 ping -c 2 -W 3 10.1.1.2')).toContain(' 0% packet loss');
    for (const number of [1, 2, 1]) await plugs.unplug(port(number).id);
    expect(await sh('ovs-vsctl list-ports br-int')).toBe('');
    expect(await sh('ip -br link')).not.toContain('tap3f1c9a5');
  });
});
