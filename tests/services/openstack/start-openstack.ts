import { freePort } from '../../../src/lib/testing/free-port.ts';
import { BUILT_IMAGE_PROPERTIES } from '../../../src/processes/image/image-description.ts';
import type { Keystone } from '../keystone.ts';
import { createRecordingProxy, type RecordingProxy } from '../recording-proxy.ts';
import { startBarbican } from './barbican.ts';
import { populateCloud, type CloudObjects } from './cloud-objects.ts';
import { startGlance } from './glance.ts';
import { startNeutron } from './neutron.ts';
import { startNova, type Computes } from './nova.ts';
import type { Place } from './place.ts';

export interface OpenStackServices {
  /** Between Octavia and every service; the services know each other directly. */
  readonly proxy: RecordingProxy;
  readonly objects: CloudObjects;
  /** Past the proxy, for looking around. */
  readonly urls: Readonly<Record<'neutron' | 'nova' | 'glance' | 'barbican', string>>;
}

interface CloudKind {
  /** @default 3 fake ones; `guests` come with wired ports */
  readonly hosts?: Computes;
  /** Where the catalogue has Neutron. @default 'RegionTwo' */
  readonly networkRegion?: 'RegionOne' | 'RegionTwo';
  /** Whether the amphora image leaves interfaces alone that are there from birth, as ours does. @default true */
  readonly interfacesAtBoot?: boolean;
}

/**
 * Debian's Neutron, Placement, Nova, Glance and Barbican beside a Keystone. In the catalogue Neutron is in RegionTwo and
 * everything else in RegionOne, where its name leads nowhere.
 */
export async function startOpenStack(place: Place, keystone: Keystone, { hosts = 3, networkRegion = 'RegionTwo', interfacesAtBoot = true }: CloudKind = {}): Promise<OpenStackServices> {
  const [novaPort, glancePort, placementPort, barbicanPort] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const doors = { neutron: await freePort(), nova: await freePort(), glance: await freePort(), barbican: await freePort() };
  const local = (port: number) => `http://127.0.0.1:${port}`;
  const proxy = createRecordingProxy();
  place.onStop('proxy', () => proxy.close());
  const neutron = startNeutron(place, local(novaPort), { isWired: hosts === 'guests' });
  const [neutronUrl] = await Promise.all([
    neutron,
    startNova(place, hosts, async () => ({ novaPort, placementPort, glanceUrl: local(glancePort), neutronUrl: await neutron })),
    startGlance(place, glancePort),
    startBarbican(place, local(doors.barbican), barbicanPort),
  ]);
  const urls = { neutron: neutronUrl, nova: `${local(novaPort)}/v2.1`, glance: local(glancePort), barbican: local(barbicanPort) };
  await proxy.listen('neutron', urls.neutron, doors.neutron);
  await proxy.listen('nova', local(novaPort), doors.nova);
  await proxy.listen('glance', urls.glance, doors.glance);
  await proxy.listen('barbican', urls.barbican, doors.barbican);
  await keystone.setEndpoint('neutron', 'network', local(doors.neutron), networkRegion);
  await keystone.setEndpoint('neutron', 'network', local(9), networkRegion === 'RegionOne' ? 'RegionTwo' : 'RegionOne');
  await keystone.setEndpoint('nova', 'compute', `${local(doors.nova)}/v2.1`);
  await keystone.setEndpoint('nova', 'compute', local(9), 'RegionTwo');
  await keystone.setEndpoint('placement', 'placement', local(placementPort));
  await keystone.setEndpoint('glance', 'image', local(doors.glance));
  await keystone.setEndpoint('barbican', 'key-manager', local(doors.barbican));
  return { proxy, urls, objects: await populateCloud(urls, keystone, interfacesAtBoot ? BUILT_IMAGE_PROPERTIES : {}) };
}
