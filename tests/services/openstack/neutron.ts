import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../../src/lib/testing/free-port.ts';
import { answers } from '../daemon.ts';
import { startLayer2Agent } from './guest-host.ts';
import { account, authtoken, writeConf } from './options.ts';
import { manage, startIn, type Place } from './place.ts';

/** neutron-server with ML2. Ports bind at once (octavia_test_binding.py), or are wired by the agent for Linux bridges. Returns its URL. */
export async function startNeutron(place: Place, novaUrl: string, { isWired = false } = {}): Promise<string> {
  const home = join(place.directory, 'neutron');
  const port = await freePort();
  const library = join(home, 'lib');
  installDriver(library);
  const unlimited = Object.fromEntries(['port', 'network', 'subnet', 'security_group', 'security_group_rule', 'floatingip', 'router'].map((name) => [`quota_${name}`, -1]));
  const file = writeConf(join(home, 'neutron.conf'), {
    DEFAULT: {
      transport_url: place.transportUrl, use_stderr: 'True', bind_host: '127.0.0.1', bind_port: port, core_plugin: 'ml2', service_plugins: 'router,qos,network_ip_availability',
      auth_strategy: 'keystone', state_path: home, api_paste_config: '/etc/neutron/api-paste.ini', api_workers: 2, rpc_workers: 1, rpc_state_report_workers: isWired ? 1 : 0,
      notify_nova_on_port_status_changes: 'True', notify_nova_on_port_data_changes: 'True', dhcp_agent_notification: 'False',
    },
    ...(isWired && { experimental: { linuxbridge: 'True' } }),
    database: { connection: await place.newDatabase() },
    oslo_concurrency: { lock_path: join(home, 'lock') },
    quotas: unlimited,
    ml2: { type_drivers: 'local,flat,vlan,vxlan', tenant_network_types: 'vxlan', mechanism_drivers: isWired ? 'linuxbridge' : 'octavia_test', extension_drivers: 'port_security,qos' },
    ml2_type_vxlan: { vni_ranges: '1:4000' },
    ml2_type_flat: { flat_networks: '*' },
    securitygroup: { enable_security_group: 'True', enable_ipset: 'False' },
    nova: { ...account(place.keystoneUrl, 'nova'), endpoint_override: `${novaUrl}/v2.1` },
    ...authtoken(place.keystoneUrl, 'neutron'),
  });
  const env = { PYTHONPATH: library };
  await manage('/usr/bin/neutron-db-manage', ['--config-file', file, 'upgrade', 'head'], env);
  await startIn(place, { name: 'neutron-server', command: '/usr/bin/neutron-server', args: ['--config-file', file], env, isReady: () => answers(`http://127.0.0.1:${port}/`) });
  if (isWired) await startLayer2Agent(place, file);
  return `http://127.0.0.1:${port}`;
}

/** Neutron finds drivers by the entry points of installed packages: this makes one of a file. */
function installDriver(library: string): void {
  const info = join(library, 'octavia_test-0.dist-info');
  mkdirSync(info, { recursive: true });
  copyFileSync(join(import.meta.dirname, 'octavia_test_binding.py'), join(library, 'octavia_test_binding.py'));
  writeFileSync(join(info, 'METADATA'), 'Metadata-Version: 2.1\nName: octavia-test\nVersion: 0\n');
  writeFileSync(join(info, 'entry_points.txt'), '[neutron.ml2.mechanism_drivers]\noctavia_test = octavia_test_binding:Driver\n');
}
