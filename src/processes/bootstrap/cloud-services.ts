import { loadConfig } from '../../config/load-config.ts';
import { openCloud } from '../../openstack/cloud.ts';
import { createKeystoneSession } from '../../openstack/keystone/keystone-session.ts';
import { ServiceFailure } from '../../openstack/keystone/service-failure.ts';
import { createServiceClient, type ServiceClient } from '../../openstack/service-client.ts';
import { BootstrapRefused } from './bootstrap-refused.ts';
import type { CloudLogin } from './cloud-login.ts';

/** The services that bootstrap changes, spoken to as the administrator. */
export interface CloudServices {
  readonly keystone: ServiceClient;
  readonly neutron: ServiceClient;
  readonly nova: ServiceClient;
  readonly glance: ServiceClient;
  /** Whether that user gets a token with this password, for the project when one is named. */
  acceptsPassword(account: Account): Promise<boolean>;
  close(): Promise<void>;
}

export interface Account { readonly user: string; readonly password: string; readonly project: string | null; readonly domain: string }

export interface Regions { readonly region: string | null; readonly networkRegion: string | null }

export function openCloudServices(login: CloudLogin, { region, networkRegion }: Regions): CloudServices {
  const { cafile, insecure } = login.options;
  const older = { region_name: region, endpoint_type: `${login.interface ?? 'public'}URL`, ca_certificates_file: cafile ?? null, insecure: insecure === true };
  const config = loadConfig({
    files: [], env: {},
    overrides: { service_auth: login.options, nova: older, glance: older, neutron: { region_name: networkRegion, ...(login.interface !== null && { valid_interfaces: [login.interface] }) } },
  });
  const cloud = openCloud(config);
  const session = createKeystoneSession(config.service_auth, { group: 'service_auth' });
  if (session.authUrl === null) throw new BootstrapRefused('Bootstrap needs to log in to Keystone.', 'leave OS_AUTH_TYPE away or set it to password');
  const keystone = createServiceClient({ session, address: { service: 'Keystone', serviceTypes: ['identity'], endpointOverride: session.authUrl }, version: () => '' });
  return {
    keystone, neutron: cloud.service('neutron'), nova: cloud.service('nova'), glance: cloud.service('glance'),
    async acceptsPassword({ user, password, project, domain }) {
      const { auth_url, certfile, keyfile } = config.service_auth;
      const account = loadConfig({ files: [], env: {}, overrides: { service_auth: {
        auth_type: 'password', auth_url, cafile: cafile ?? null, certfile, keyfile, insecure: insecure === true, username: user, password, project_name: project, user_domain_name: domain, project_domain_name: project === null ? null : domain,
      } } });
      const trial = createKeystoneSession(account.service_auth, { group: 'service_auth' });
      try {
        await trial.token();
        return true;
      } catch (error) {
        if (error instanceof ServiceFailure && error.status === 401) return false;
        throw error;
      } finally {
        await trial.close();
      }
    },
    async close() {
      await Promise.all([cloud.close(), session.close()]);
    },
  };
}

/** The region to work in where nobody named one: the only one there is. */
export async function onlyRegion(keystone: ServiceClient): Promise<string> {
  const regions = (await keystone.list('/regions', 'regions')).map(({ id }) => String(id));
  const [first] = regions;
  if (first !== undefined && regions.length === 1) return first;
  throw new BootstrapRefused(`The cloud has ${regions.length === 0 ? 'no region' : `the regions ${regions.join(', ')}`}.`, 'name one with --region (or OS_REGION_NAME)');
}
