import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { GUEST_HOST, startHypervisor } from './guest-host.ts';
import { account, authtoken, writeConf, type Groups } from './options.ts';
import { manage, startIn, startWsgi, type Place } from './place.ts';

interface Neighbours { readonly novaPort: number; readonly neutronUrl: string; readonly glanceUrl: string; readonly placementPort: number }

/** So many hosts with the fake hypervisor, or one that boots servers with QEMU. */
export type Computes = number | 'guests';

/** Placement and Nova. The databases are made first, which takes longest. */
export async function startNova(place: Place, computes: Computes, neighbours: () => Promise<Neighbours>): Promise<void> {
  const home = join(place.directory, 'nova');
  mkdirSync(join(home, 'instances'), { recursive: true });
  const [api, main, cell0, placementDatabase] = [await place.newDatabase(), await place.newDatabase(), await place.newDatabase(), await place.newDatabase()];
  const placement = join(place.directory, 'placement');
  writeConf(join(placement, 'placement.conf'), { DEFAULT: { use_stderr: 'True' }, api: { auth_strategy: 'keystone' }, placement_database: { connection: placementDatabase }, ...authtoken(place.keystoneUrl, 'placement') });
  const { novaPort, neutronUrl, glanceUrl, placementPort } = await neighbours();
  const conf = (host: string, file: string, more: Groups = {}) => writeConf(join(home, file), {
    ...more,
    DEFAULT: { transport_url: place.transportUrl, use_stderr: 'True', my_ip: '127.0.0.1', host, state_path: home, instances_path: join(home, 'instances'), compute_driver: 'fake.FakeDriver', rpc_response_timeout: 120, ...more['DEFAULT'] },
    wsgi: { api_paste_config: '/etc/nova/api-paste.ini' },
    api: { auth_strategy: 'keystone' },
    quota: { instances: -1, cores: -1, ram: -1, server_groups: -1, server_group_members: -1 },
    api_database: { connection: api },
    database: { connection: main },
    conductor: { workers: 1 },
    scheduler: { workers: 1 },
    filter_scheduler: { enabled_filters: 'ComputeFilter,ComputeCapabilitiesFilter,ImagePropertiesFilter,ServerGroupAntiAffinityFilter,ServerGroupAffinityFilter' },
    vnc: { enabled: 'False' },
    glance: { api_servers: glanceUrl },
    oslo_concurrency: { lock_path: join(home, 'lock') },
    cache: { enabled: 'True', backend: 'dogpile.cache.memory' },
    neutron: { ...account(place.keystoneUrl, 'nova'), endpoint_override: neutronUrl },
    placement: { ...account(place.keystoneUrl, 'nova'), endpoint_override: `http://127.0.0.1:${placementPort}` },
    service_user: { send_service_user_token: 'False', ...account(place.keystoneUrl, 'nova') },
    ...authtoken(place.keystoneUrl, 'nova'),
  });
  const file = conf('controller', 'nova.conf');
  symlinkSync('/etc/nova/api-paste.ini', join(home, 'api-paste.ini'));
  const novaManage = (...args: string[]) => manage('/usr/bin/nova-manage', ['--config-file', file, ...args]);
  const schema = async () => {
    await novaManage('api_db', 'sync');
    await novaManage('cell_v2', 'map_cell0', '--database_connection', cell0);
    await novaManage('db', 'sync');
    await novaManage('cell_v2', 'create_cell', '--name', 'cell1');
  };
  await Promise.all([schema(), manage('/usr/bin/placement-manage', ['--config-file', join(placement, 'placement.conf'), 'db', 'sync'])]);
  const compute = (name: string, file: string) => startIn(place, {
    name, command: '/usr/bin/python3', args: ['-c', 'import sys; from nova.cmd.compute import main; sys.argv[0] = "nova-compute"; main()', '--config-file', file],
    // It has told placement and the database what it has.
    isReady: (printed) => /Final resource view|Created resource provider record|inventory/i.test(printed),
  });
  const hosts = async () => {
    await Promise.all([
      startWsgi(place, { name: 'placement', script: '/usr/bin/placement-api', env: { OS_PLACEMENT_CONFIG_DIR: placement }, port: placementPort }),
      startIn(place, { name: 'nova-conductor', command: '/usr/bin/nova-conductor', args: ['--config-file', file], isReady: started }),
    ]);
    if (computes === 'guests') {
      const told = await startHypervisor(place);
      return compute('nova-compute', conf(GUEST_HOST, 'compute.conf', told(join(home, 'compute.conf'))));
    }
    return Promise.all(Array.from({ length: computes }, (_, index) => compute(`nova-compute-${index + 1}`, conf(`host-${index + 1}`, `compute-${index + 1}.conf`))));
  };
  await Promise.all([
    hosts(),
    startIn(place, { name: 'nova-scheduler', command: '/usr/bin/nova-scheduler', args: ['--config-file', file], isReady: started }),
    startWsgi(place, { name: 'nova-api', script: '/usr/bin/nova-api-wsgi', env: { OS_NOVA_CONFIG_DIR: home }, port: novaPort, processes: 2 }),
  ]);
  await novaManage('cell_v2', 'discover_hosts');
}

function started(printed: string): boolean {
  return /Starting conductor node|Starting scheduler node/.test(printed);
}
