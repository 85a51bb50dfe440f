import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface OctaviaSettings {
  /** SQLAlchemy URL. */
  readonly database: string;
  readonly transportUrl: string;
  readonly apiPort?: number;
  readonly heartbeatPort?: number;
  /** Name of this controller on the queue; two workers need two. */
  readonly host?: string;
  /** Turns keystone authentication on; else noauth. */
  readonly keystone?: { readonly url: string; readonly user: string; readonly password: string };
  /** More options or other values: group, then option. */
  readonly more?: Readonly<Record<string, Readonly<Record<string, string | number>>>>;
}

/**
 * Writes an octavia.conf that the original and ours read alike: drivers that touch nothing, no quotas, a certificate
 * authority made on the spot. Returns the file.
 */
export function writeOctaviaConf(directory: string, name: string, settings: OctaviaSettings): string {
  const ca = certificateAuthority(directory);
  const lock = join(directory, 'lock');
  mkdirSync(lock, { recursive: true });
  const groups: Record<string, Record<string, string | number>> = {
    DEFAULT: { transport_url: settings.transportUrl, state_path: directory, ...(settings.host !== undefined && { host: settings.host }) },
    api_settings: {
      auth_strategy: settings.keystone ? 'keystone' : 'noauth', bind_host: '127.0.0.1', bind_port: settings.apiPort ?? 9876, default_provider_driver: 'amphora',
      enabled_provider_drivers: 'amphora:The Octavia Amphora driver.,octavia:Deprecated alias of the Octavia Amphora driver.,noop_driver:The noop driver.',
    },
    database: { connection: settings.database },
    health_manager: {
      bind_ip: '127.0.0.1', bind_port: settings.heartbeatPort ?? 5555, controller_ip_port_list: `127.0.0.1:${settings.heartbeatPort ?? 5555}`, heartbeat_key: 'interop-heartbeat-key',
      // No-op amphorae send no heartbeats: nobody shall take them for dead.
      heartbeat_timeout: 86_400,
    },
    controller_worker: {
      amphora_driver: 'amphora_noop_driver', compute_driver: 'compute_noop_driver', network_driver: 'network_noop_driver', volume_driver: 'volume_noop_driver',
      image_driver: 'image_noop_driver', distributor_driver: 'distributor_noop_driver', amp_boot_network_list: '11111111-1111-1111-1111-111111111111',
      amp_secgroup_list: '22222222-2222-2222-2222-222222222222', amp_flavor_id: '1', amp_image_tag: 'amphora', loadbalancer_topology: 'SINGLE', client_ca: ca.certificate,
    },
    certificates: {
      cert_manager: 'local_cert_manager', cert_generator: 'local_cert_generator', storage_path: directory, ca_certificate: ca.certificate, ca_private_key: ca.key,
      ca_private_key_passphrase: PASSPHRASE,
    },
    networking: { allow_vip_network_id: 'True' },
    oslo_messaging: { topic: 'octavia_prov', event_stream_topic: 'octavia_event', rpc_thread_pool_size: 2 },
    oslo_concurrency: { lock_path: lock },
    driver_agent: {
      status_socket_path: join(lock, 'status.sock'), stats_socket_path: join(lock, 'stats.sock'), get_socket_path: join(lock, 'get.sock'),
    },
  };
  if (settings.keystone) {
    const account = {
      auth_url: settings.keystone.url, auth_type: 'password', username: settings.keystone.user, password: settings.keystone.password, project_name: 'service',
      user_domain_name: 'Default', project_domain_name: 'Default',
    };
    groups['keystone_authtoken'] = { www_authenticate_uri: settings.keystone.url, ...account };
    groups['service_auth'] = account;
  }
  for (const [group, options] of Object.entries(settings.more ?? {})) groups[group] = { ...groups[group], ...options };
  const file = join(directory, `${name}.conf`);
  writeFileSync(file, Object.entries(groups).map(([group, options]) => `[${group}]\n${Object.entries(options).map(([option, value]) => `${option} = ${value}\n`).join('')}`).join(''));
  return file;
}

const PASSPHRASE = 'interop';

function certificateAuthority(directory: string): { readonly certificate: string; readonly key: string } {
  const files = { certificate: join(directory, 'ca.pem'), key: join(directory, 'ca.key') };
  if (!existsSync(files.key)) {
    execFileSync('openssl', [
      'req', '-x509', '-newkey', 'rsa:2048', '-passout', `pass:${PASSPHRASE}`, '-days', '2', '-subj', '/CN=interop', '-keyout', files.key, '-out', files.certificate,
    ], { stdio: 'ignore' });
  }
  return files;
}
