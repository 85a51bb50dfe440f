import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DualCaFiles } from '../../drivers/certs/create-ca.ts';
import { OctaviaError } from '../../lib/errors.ts';
import { readTextOrNull, replaceFile } from '../../lib/replace-file.ts';

/**
 * Writes `<data>/octavia.conf`, the settings of the embedded shape, anew at each start and returns its path. A user's
 * own --config-file is read after it and wins.
 */
export async function writeEmbeddedConfig(dataDir: string, listen: { host: string; port: number }, url: string, ca: DualCaFiles): Promise<string> {
  if (dataDir.includes('?')) throw new OctaviaError('bad-data-dir', `The data directory ${dataDir} has a question mark in its path, which an address of a database cannot hold; choose another --data-dir.`);
  const file = join(dataDir, 'octavia.conf');
  const sockets = socketDirectory(dataDir);
  const text = `# Written by octavia up at each start. Put your own settings in another file and give it with --config-file.
[DEFAULT]
host = embedded
executor_thread_pool_size = 16

[api_settings]
bind_host = ${listen.host}
bind_port = ${listen.port}
auth_strategy = keystone
healthcheck_enabled = True
enabled_provider_drivers = amphora:The Octavia Amphora driver., octavia:Deprecated alias of the Octavia Amphora driver.
default_provider_driver = amphora

[keystone_authtoken]
www_authenticate_uri = ${url}/identity/v3

[database]
connection = sqlite:///${join(dataDir, 'octavia.sqlite')}

[controller_worker]
compute_driver = compute_namespace_driver
network_driver = local_network_driver
image_driver = image_noop_driver
volume_driver = volume_noop_driver
client_ca = ${ca.clientCaCert}
event_notifications = False

[certificates]
ca_certificate = ${ca.serverCaCert}
ca_private_key = ${ca.serverCaKey}

[haproxy_amphora]
client_cert = ${ca.clientCertAndKey}
server_ca = ${ca.serverCaCert}

[health_manager]
bind_ip = 127.0.0.1
bind_port = 5555
controller_ip_port_list = 127.0.0.1:5555
heartbeat_key = ${await heartbeatKey(dataDir)}
heartbeat_interval = 1
heartbeat_timeout = 5
health_check_interval = 1

[driver_agent]
status_socket_path = ${join(sockets, 'status.sock')}
stats_socket_path = ${join(sockets, 'stats.sock')}
get_socket_path = ${join(sockets, 'get.sock')}

[keepalived_vrrp]
vrrp_advert_interval_ms = 50
`;
  // A directory may have a dollar sign in its name, which otherwise begins a reference to another option.
  writeFileSync(file, text.replaceAll('$', '$$$$'), { mode: 0o600 });
  return file;
}

async function heartbeatKey(dataDir: string): Promise<string> {
  const file = join(dataDir, 'heartbeat.key');
  const known = ((await readTextOrNull(file)) ?? '').trim();
  // Earlier versions left an empty file behind on a full disk.
  if (known !== '') return known;
  const key = randomBytes(24).toString('base64url');
  await replaceFile(file, key, 0o600);
  return key;
}

/** Linux takes 107 bytes for the path of a socket, of which the names below a directory need 27. */
const LONGEST_SOCKET_DIRECTORY = 80;

/** Where the driver agent's sockets are: with everything else, or in /run when that path is too long for sockets. */
function socketDirectory(dataDir: string): string {
  const directory = join(dataDir, 'driver-agent');
  if (Buffer.byteLength(directory) <= LONGEST_SOCKET_DIRECTORY) return directory;
  return join('/run', `octavia-${createHash('sha256').update(dataDir).digest('hex').slice(0, 16)}`);
}
