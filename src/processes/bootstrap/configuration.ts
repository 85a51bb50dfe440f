import { join } from 'node:path';
import { parseIni } from '../../config/ini.ts';
import type { Present } from './present.ts';
import type { Wanted } from './wanted.ts';

/** One line of octavia.conf. */
export interface Setting {
  readonly group: string;
  readonly name: string;
  readonly value: string;
  /** A list that grows: what is there already is taken up into `value`. */
  readonly grows?: boolean;
}

/** Ids of what the configuration names. */
export interface ConfiguredIds {
  readonly project: string;
  readonly network: string;
  readonly amphoraGroup: string;
  readonly flavor: string;
  /** Where health managers take heartbeats. */
  readonly addresses: readonly string[];
}

/** The files that `octavia certificates create` makes. */
export function certificatePaths({ configDir }: Pick<Wanted, 'configDir'>) {
  const directory = join(configDir, 'certs');
  return {
    directory, serverCa: join(directory, 'server_ca.cert.pem'), serverCaKey: join(directory, 'server_ca.key.pem'), serverTrust: join(directory, 'server_ca.trusted.pem'),
    clientCa: join(directory, 'client_ca.cert.pem'), clientCertificate: join(directory, 'client.cert-and-key.pem'),
  };
}

/** What deploy/octavia.conf has where somebody is to write his own. */
const PLACEHOLDERS = [
  'RABBIT_PASSWORD', 'DATABASE_PASSWORD', 'KEYSTONE_PASSWORD', 'HEARTBEAT_KEY', 'FLAVOR_ID', 'MANAGEMENT_NETWORK_ID', 'MANAGEMENT_SECURITY_GROUP_ID',
  'https://keystone.example.com/', '192.0.2.10:5555, 192.0.2.11:5555',
] as const;

/** What octavia.conf sets now, the last one of each name; placeholders of the file that deploy/install.sh puts there were set by nobody. */
export function readSettings(text: string): ReadonlyMap<string, string> {
  const set = parseIni(text, 'octavia.conf').filter(({ value }) => !PLACEHOLDERS.some((one) => value.includes(one)));
  return new Map(set.map(({ group, name, value }) => [`${group}/${name}`, value]));
}

/** The password of the service user that this machine knows. */
export function knownPassword(wanted: Wanted, configText: string | null): string | null {
  return wanted.givenPassword ?? readSettings(configText ?? '').get('service_auth/password')?.replaceAll(/\\\$|\$\$/g, '$') ?? null;
}

/** As octavia.conf takes it literally: a dollar sign would refer to an option. */
const literal = (text: string): string => text.replaceAll('$', '$$$$');

/** Secrets that must be on the disk before the cloud learns of them: an interrupted run must find them again. */
export function missingSecrets(wanted: Wanted, { configText, user }: Pick<Present, 'configText' | 'user'>): readonly Setting[] {
  const known = readSettings(configText ?? '');
  const password = literal((user === null || user.isPasswordRight === true ? knownPassword(wanted, configText) : wanted.givenPassword) ?? wanted.secrets.password);
  const settings: readonly Setting[] = [
    { group: 'service_auth', name: 'password', value: password },
    { group: 'keystone_authtoken', name: 'password', value: password },
    { group: 'health_manager', name: 'heartbeat_key', value: known.get('health_manager/heartbeat_key') ?? wanted.secrets.heartbeatKey },
    { group: 'certificates', name: 'server_certs_key_passphrase', value: known.get('certificates/server_certs_key_passphrase') ?? wanted.secrets.certificatesKey },
  ];
  return settings.filter(({ group, name, value }) => known.get(`${group}/${name}`) !== value);
}

/** Options that octavia.conf lacks. What an operator has set otherwise stays as it is; `differences` tells it. */
export function optionsToSet(wanted: Wanted, ids: ConfiguredIds, configText: string): readonly Setting[] {
  const known = readSettings(configText);
  return allOptions(wanted, ids).flatMap((setting) => {
    const present = known.get(`${setting.group}/${setting.name}`);
    if (present === undefined) return [setting];
    if (setting.grows !== true) return [];
    const missing = listOf(setting.value).filter((one) => !listOf(present).includes(one));
    return missing.length === 0 ? [] : [{ ...setting, value: [...listOf(present), ...missing].join(', ') }];
  });
}

/** Options that the operator has set to something else than bootstrap would. */
export function differences(wanted: Wanted, ids: ConfiguredIds, configText: string): readonly { readonly setting: Setting; readonly present: string }[] {
  const known = readSettings(configText);
  return allOptions(wanted, ids).flatMap((setting) => {
    const present = known.get(`${setting.group}/${setting.name}`);
    if (setting.grows === true || present === undefined || present === setting.value || listOf(present).includes(setting.value)) return [];
    return [{ setting, present }];
  });
}

function listOf(text: string): string[] {
  return text.split(',').map((one) => one.trim()).filter((one) => one !== '');
}

function allOptions(wanted: Wanted, ids: ConfiguredIds): readonly Setting[] {
  const files = certificatePaths(wanted);
  const groups: Readonly<Record<string, Readonly<Record<string, string | null>>>> = {
    DEFAULT: { transport_url: wanted.transportUrl },
    database: { connection: wanted.databaseUrl },
    api_settings: { bind_host: '0.0.0.0' },
    keystone_authtoken: { www_authenticate_uri: wanted.login.authUrl, ...account(wanted), service_type: 'load-balancer' },
    service_auth: account(wanted),
    ...catalogue(wanted),
    haproxy_amphora: { server_ca: files.serverTrust, client_cert: files.clientCertificate },
    controller_worker: {
      client_ca: files.clientCa, amp_image_tag: wanted.imageTag, amp_image_owner_id: ids.project, amp_flavor_id: ids.flavor, amp_boot_network_list: ids.network,
      amp_secgroup_list: ids.amphoraGroup, amp_ssh_key_name: wanted.keyName, loadbalancer_topology: wanted.topology,
    },
    health_manager: { bind_ip: '0.0.0.0' },
    house_keeping: { spare_amphora_pool_size: String(wanted.spares) },
  };
  const plain = Object.entries(groups).flatMap(([group, options]) => Object.entries(options).flatMap(([name, value]) => (value === null ? [] : [{ group, name, value: literal(value) }])));
  const targets = ids.addresses.map((address) => (address.includes(':') ? `[${address}]:5555` : `${address}:5555`));
  return [...plain, { group: 'health_manager', name: 'controller_ip_port_list', value: targets.join(', '), grows: true }];
}

function account({ login, user, project, domain }: Wanted): Readonly<Record<string, string | null>> {
  return {
    auth_url: login.authUrl, auth_type: 'password', username: user, project_name: project, user_domain_name: domain, project_domain_name: domain,
    cafile: login.cafile, insecure: login.insecure ? 'True' : null,
  };
}

/** The original's names: the newer spelling in [neutron], the older one elsewhere. */
function catalogue(wanted: Wanted): Readonly<Record<string, Readonly<Record<string, string | null>>>> {
  const files = certificatePaths(wanted);
  const older = { region_name: wanted.region, endpoint_type: wanted.interface === null ? null : `${wanted.interface}URL`, ca_certificates_file: wanted.login.cafile, insecure: wanted.login.insecure ? 'True' : null };
  return {
    nova: older, glance: older, cinder: older,
    neutron: { region_name: wanted.networkRegion, valid_interfaces: wanted.interface },
    certificates: { ...older, ca_certificate: files.serverCa, ca_private_key: files.serverCaKey },
  };
}
