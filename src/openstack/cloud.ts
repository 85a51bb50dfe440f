import type { Config } from '../config/config.ts';
import { createConfiguredSession } from './keystone/configured-session.ts';
import { createHttpClient, type ConnectionOptions, type HttpClient, type HttpClientSettings } from './keystone/http-client.ts';
import { keyManagerLogin } from './keystone/key-manager-login.ts';
import { createKeystoneSession, type KeystoneSession, type ServiceAddress } from './keystone/keystone-session.ts';
import { createServiceClient, type ServiceClient } from './service-client.ts';

export type CloudServiceName = 'nova' | 'neutron' | 'glance' | 'cinder' | 'barbican' | 'castellan';

/** The services of the cloud that octavia.conf describes, each with the region, interface, URL and CA of its own group. */
export interface Cloud {
  /** Made at first use. Throws ConfigError when log-in options are missing. */
  service(name: CloudServiceName): ServiceClient;
  close(): Promise<void>;
}

export type CloudConfig = Pick<Config, 'keystone_authtoken' | 'service_auth' | 'neutron' | 'nova' | 'glance' | 'cinder' | 'certificates' | 'key_manager' | 'barbican'>;

interface Description {
  readonly address: ServiceAddress;
  readonly connection: ConnectionOptions;
  readonly login: 'service_auth' | 'neutron' | 'key_manager';
  readonly version?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Nova takes files for the new server ("personality") up to 2.56 and knows soft anti-affinity from 2.15 on. */
const NOVA_HEADERS = { 'x-openstack-nova-api-version': '2.15', 'openstack-api-version': 'compute 2.15' } as const;

export function openCloud(config: CloudConfig, settings: HttpClientSettings = {}): Cloud {
  const sessions = new Map<string, KeystoneSession>();
  const clients = new Map<CloudServiceName, ServiceClient>();
  const https: HttpClient[] = [];
  const sessionFor = (group: 'service_auth' | 'neutron'): KeystoneSession => {
    // Who logs in alike shares a token.
    const key = JSON.stringify(loginOf(config, group));
    const known = sessions.get(key) ?? createConfiguredSession(config, group, settings);
    sessions.set(key, known);
    return known;
  };
  const sessionOfKeyManager = (): KeystoneSession => {
    const login = keyManagerLogin(config);
    if (login === null) return sessionFor('service_auth');
    const session = createKeystoneSession(login, { group: 'key_manager', http: createHttpClient(login, settings) });
    sessions.set('key_manager', session);
    return session;
  };
  const open = (name: CloudServiceName): ServiceClient => {
    const { address, connection, login, version = '', headers = {} } = describe(config, name);
    const http = createHttpClient(connection, settings);
    https.push(http);
    return createServiceClient({ session: login === 'key_manager' ? sessionOfKeyManager() : sessionFor(login), address: { ...address, http }, headers, version: (endpoint) => (hasVersion(endpoint) ? '' : version) });
  };
  return {
    service(name) {
      const client = clients.get(name) ?? open(name);
      clients.set(name, client);
      return client;
    },
    async close() {
      await Promise.all([...sessions.values(), ...https].map((one) => one.close()));
    },
  };
}

function describe(config: CloudConfig, name: CloudServiceName): Description {
  if (name === 'neutron') return describeNeutron(config);
  if (name === 'castellan') return describeCastellan(config);
  const section = name === 'barbican' ? config.certificates : config[name];
  const connection = ownConnection(config.service_auth, section.cafile ?? section.ca_certificates_file, section.insecure);
  const address = (service: string, serviceTypes: readonly string[]): ServiceAddress => ({
    service, serviceTypes, serviceName: section.service_name, region: section.region_name, endpointOverride: section.endpoint_override ?? section.endpoint,
    interfaces: section.valid_interfaces ?? [section.endpoint_type],
  });
  const common = { connection, login: 'service_auth' } as const;
  switch (name) {
    case 'nova': return { ...common, address: address('Nova', ['compute']), version: '/v2.1', headers: NOVA_HEADERS };
    case 'glance': return { ...common, address: address('Glance', ['image']), version: '/v2' };
    // The project is part of its URL in the catalog.
    case 'cinder': return { ...common, address: address('Cinder', ['block-storage', 'volumev3', 'volume']) };
    case 'barbican': return { ...common, address: address('Barbican', ['key-manager']), version: '/v1' };
    default: return name satisfies never;
  }
}

function describeNeutron({ neutron }: CloudConfig): Description {
  const address: ServiceAddress = {
    service: 'Neutron', serviceTypes: [neutron.service_type ?? 'network'], serviceName: neutron.service_name, region: neutron.region_name,
    endpointOverride: neutron.endpoint_override, ...(neutron.valid_interfaces !== null && { interfaces: neutron.valid_interfaces }),
  };
  return { address, connection: neutron, login: 'neutron', version: '/v2.0' };
}

function describeCastellan({ barbican, service_auth: login }: CloudConfig): Description {
  const address: ServiceAddress = {
    service: 'Barbican', serviceTypes: ['key-manager'], region: barbican.barbican_region_name, endpointOverride: barbican.barbican_endpoint,
    interfaces: [barbican.barbican_endpoint_type],
  };
  return { address, connection: ownConnection(login, barbican.verify_ssl_path, !barbican.verify_ssl), login: 'key_manager', version: '/v1' };
}

function ownConnection(login: ConnectionOptions, cafile: string | null, insecure: boolean): ConnectionOptions {
  return { ...login, cafile: cafile ?? login.cafile ?? null, insecure: insecure || login.insecure === true };
}

function loginOf(config: CloudConfig, group: 'service_auth' | 'neutron'): unknown {
  const { auth_type, auth_section, auth_url, username, user_id, password, user_domain_id, user_domain_name, project_id, project_name, ...rest } = config[group];
  const { project_domain_id, project_domain_name, system_scope, trust_id, token, default_domain_id, default_domain_name } = rest;
  const { application_credential_id, application_credential_name, application_credential_secret, cafile, insecure } = rest;
  return [
    auth_type, auth_section, auth_url, username, user_id, password, user_domain_id, user_domain_name, project_id, project_name, project_domain_id, project_domain_name,
    system_scope, trust_id, token, default_domain_id, default_domain_name, application_credential_id, application_credential_name, application_credential_secret, cafile, insecure,
  ];
}

/** Catalogs and overrides name a service with or without its version. */
function hasVersion(endpoint: string): boolean {
  return /\/v\d+(\.\d+)?(\/|$)/.test(new URL(endpoint).pathname);
}
