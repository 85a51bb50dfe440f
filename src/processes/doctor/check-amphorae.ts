import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { AmphoraClientFactory } from '../../amphora/client/amphora-client.ts';
import type { Config } from '../../config/config.ts';
import { toSqlDatetime } from '../../lib/clock.ts';
import { connectDatagrams } from '../../lib/connect-datagrams.ts';
import { reasonOf } from '../../lib/errors.ts';
import type { Store } from '../../store/database.ts';
import { chooseAmphoraClients } from '../services/amphora-access.ts';
import { failure, note, ok, type Finding } from './finding.ts';

/** Agents answer on 9443, and their heartbeats arrive on 5555. */
export async function checkAmphorae(config: Config, store: Store): Promise<readonly Finding[]> {
  return [...(await checkHeartbeats(config, store)), ...(await checkAgents(config, store))];
}

/** With thousands of amphorae a part tells as much as all. */
const MOST_AGENTS = 50;
const AT_ONCE = 10;

async function checkAgents(config: Config, store: Store): Promise<readonly Finding[]> {
  const area = 'agents';
  const what = `port ${config.haproxy_amphora.bind_port}`;
  if (config.controller_worker.amphora_driver === 'amphora_noop_driver') return [];
  const rows = await store.read.selectFrom('amphora').select(['id', 'lb_network_ip']).where('status', '=', 'ALLOCATED').where('lb_network_ip', 'is not', null).orderBy('created_at', 'desc').limit(MOST_AGENTS).execute();
  if (rows.length === 0) return [note(area, what, 'no load balancer has amphorae yet: nothing could be asked')];
  let clients: AmphoraClientFactory;
  try {
    clients = chooseAmphoraClients(config);
  } catch (error) {
    return [failure(area, what, reasonOf(error), 'repair what is said of certificates first')];
  }
  const silent: string[] = [];
  const waiting = [...rows];
  const ask = async (): Promise<void> => {
    for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) {
      try {
        await clients.connect({ amphoraId: row.id, lbNetworkIp: row.lb_network_ip ?? '' }, 'once').getInfo();
      } catch (error) {
        silent.push(`${row.id} at ${row.lb_network_ip}: ${reasonOf(error)}`);
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, ask));
  } finally {
    await clients.close();
  }
  if (silent.length === 0) return [ok(area, what, `${rows.length} of ${rows.length} answered with the right certificates`)];
  const shown = silent.slice(0, 5).join('; ');
  return [failure(area, what, `${silent.length} of ${rows.length} did not answer: ${shown}`, `see that this host has an address on the management network (o-hm0), that [controller_worker] amp_secgroup_list allows tcp ${config.haproxy_amphora.bind_port}, and for certificate errors that all controllers have the same authorities; an amphora that stays silent: openstack loadbalancer amphora failover ID`)];
}

async function checkHeartbeats(config: Config, store: Store): Promise<readonly Finding[]> {
  const { controller_ip_port_list: targets, heartbeat_key: key } = config.health_manager;
  return [
    key === null || key === '' ? failure('heartbeats', 'key', 'none is set', '[health_manager] heartbeat_key = TEXT, the same on every controller (octavia certificates heartbeat-key proposes one)') : ok('heartbeats', 'key', 'set'),
    ...(targets.length === 0
      ? [failure('heartbeats', 'receivers', 'amphorae are told none', '[health_manager] controller_ip_port_list = ADDRESS:5555 of every controller on the management network')]
      : await Promise.all(targets.map(checkReceiver))),
    await checkReceived(config, store),
  ];
}

/** A port that nobody listens on says so at once; silence is the best that UDP has to offer. */
function checkReceiver(target: string): Promise<Finding> {
  const [, host = '', port = ''] = /^\[?(.*?)\]?:(\d+)$/.exec(target) ?? [];
  const what = `receiver ${target}`;
  if (host === '') return Promise.resolve(failure('heartbeats', what, 'is no address with a port', '[health_manager] controller_ip_port_list = ADDRESS:5555 of every controller on the management network'));
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
    let timer: NodeJS.Timeout | undefined;
    const end = (finding: Finding): void => {
      clearTimeout(timer);
      socket.close();
      resolve(finding);
    };
    const refused = (error: Error): void => end(failure('heartbeats', what, error.message, 'start octavia-health-manager there ([health_manager] bind_ip, bind_port), and see that this host has a way to the management network (o-hm0)'));
    connectDatagrams(socket, Number(port), host).then(() => {
      socket.once('error', refused);
      // From now on: the name may have taken long.
      timer = setTimeout(() => end(ok('heartbeats', what, 'nobody refused a datagram')), 1000);
      socket.send('');
    }, refused);
  });
}

async function checkReceived({ health_manager: { heartbeat_timeout: timeout } }: Config, store: Store): Promise<Finding> {
  const what = 'received';
  const rows = await store.read.selectFrom('amphora').leftJoin('amphora_health', 'amphora_health.amphora_id', 'amphora.id')
    .select(['amphora.id', 'amphora_health.last_update']).where('amphora.status', '=', 'ALLOCATED').execute();
  if (rows.length === 0) return note('heartbeats', what, 'no load balancer has amphorae yet: nothing could arrive');
  const since = toSqlDatetime(Date.now() - timeout * 1000);
  const silent = rows.filter(({ last_update: last }) => last === null || last < since);
  if (silent.length === 0) return ok('heartbeats', what, `from ${rows.length} of ${rows.length} amphorae within ${timeout} s`);
  const ids = silent.slice(0, 5).map(({ id, last_update: last }) => `${id} (${last ?? 'never'})`).join(', ');
  return failure('heartbeats', what, `nothing from ${silent.length} of ${rows.length} amphorae for ${timeout} s: ${ids}`, 'see that health managers run, that lb-health-mgr-sec-grp (and this host\'s firewall) allows udp 5555, and that [health_manager] heartbeat_key is the same on every controller');
}
