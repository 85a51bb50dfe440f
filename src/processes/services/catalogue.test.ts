import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConfigOverrides } from '../../config/config.ts';
import { loadConfig } from '../../config/load-config.ts';
import { startScriptedCloud, type ScriptedCloud } from '../../openstack/testing/scripted-cloud.ts';
import { createAmphoraCapabilities } from '../../providers/amphora-capabilities.ts';
import type { ProviderCapabilities } from '../../providers/provider-driver.ts';
import { openDrivers, type Drivers } from './drivers.ts';

const NETWORK = '11111111-2222-4333-8444-555555555555';

describe('what flavors and availability zones name is looked up in the services that octavia.conf names', () => {
  let cloud: ScriptedCloud;
  let drivers: Drivers | null = null;

  beforeEach(async () => {
    cloud = await startScriptedCloud(({ url }) => {
      if (url.startsWith('/glance/v2/images')) return { body: { images: url.includes('tag=here') ? [{ id: 'image' }] : [] } };
      if (url.startsWith('/cinder')) return { body: { availabilityZoneInfo: [{ zoneName: 'here', zoneState: { available: true } }] } };
      if (url.includes('os-availability-zone')) return { body: { availabilityZoneInfo: [{ zoneName: 'here', zoneState: { available: true } }] } };
      return { status: url.endsWith('/flavors/here') ? 200 : 404, body: { flavor: { id: 'here' } } };
    });
  });
  afterEach(async () => {
    await drivers?.close();
    await cloud.stop();
  });

  async function open(worker: ConfigOverrides['controller_worker'] = {}): Promise<ProviderCapabilities> {
    const service_auth = { auth_url: `${cloud.url}/keystone`, username: 'octavia', password: 'secret', project_name: 'service', default_domain_name: 'Default' };
    drivers = openDrivers(loadConfig({ env: {}, overrides: { service_auth, controller_worker: { amp_image_owner_id: 'owner', ...worker } } }));
    return createAmphoraCapabilities({ network: await drivers.network(), compute: await drivers.compute(), ...(await drivers.catalogue()) });
  }

  it('an image by its tag and owner, a compute flavor, zones: those that are there are taken', async () => {
    const provider = await open({ volume_driver: 'volume_cinder_driver' });
    await provider.validateFlavor({ amp_image_tag: 'here', compute_flavor: 'here' });
    await provider.validateAvailabilityZone({ compute_zone: 'here', volume_zone: 'here' });
    expect(cloud.calls.find((call) => call.includes('/glance'))).toMatch(/owner=owner.*tag=here/);
  });

  it.each([
    ['validateFlavor', { amp_image_tag: 'gone' }, 'Failed to find an image with tag gone due to: Failed to retrieve image with gone tag.'],
    ['validateFlavor', { compute_flavor: 'gone' }, 'Nova flavor gone not found.'],
    ['validateAvailabilityZone', { compute_zone: 'gone' }, 'Nova availability zone gone not found.'],
    ['validateAvailabilityZone', { volume_zone: 'gone' }, 'Cinder availability zone gone not found.'],
    ['validateAvailabilityZone', { management_network: NETWORK }, `network not found (network id: ${NETWORK}).`],
    ['validateAvailabilityZone', { valid_vip_networks: [NETWORK] }, `network not found (network id: ${NETWORK}).`],
  ] as const)('%s %j is refused in the words of the original', async (check, data, message) => {
    const provider = await open({ volume_driver: 'volume_cinder_driver' });
    await expect(provider[check](data)).rejects.toThrow(message);
  });

  it('with no-op images every tag is good, and Glance is not asked', async () => {
    const provider = await open({ image_driver: 'image_noop_driver' });
    await provider.validateFlavor({ amp_image_tag: 'gone' });
    expect(cloud.calls).toEqual([]);
  });
});
