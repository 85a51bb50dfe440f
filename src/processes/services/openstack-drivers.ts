import type { Config } from '../../config/config.ts';
import type { CertManager } from '../../drivers/certs/cert-manager.ts';
import { createBarbicanCertManager, createCastellanCertManager } from '../../drivers/certs/barbican-cert-manager.ts';
import type { ComputeDriver } from '../../drivers/compute/compute-driver.ts';
import { createNovaCompute } from '../../drivers/compute/nova/nova-compute.ts';
import { createGlanceImages } from '../../drivers/image/glance-image.ts';
import type { ImageDriver } from '../../drivers/image/image-driver.ts';
import { createNoopImages } from '../../drivers/image/noop-image.ts';
import type { NetworkDriver } from '../../drivers/network/network-driver.ts';
import type { AttachNetwork } from '../../drivers/network/neutron/amphora-ports.ts';
import { createNeutronDriver } from '../../drivers/network/neutron/neutron-driver.ts';
import { createNeutronPortBinding } from '../../drivers/network/neutron/port-binding.ts';
import type { PortBinding } from '../../drivers/network/port-binding.ts';
import { createCinderVolumes } from '../../drivers/volume/cinder-volume.ts';
import type { VolumeDriver } from '../../drivers/volume/volume-driver.ts';
import { openCloud } from '../../openstack/cloud.ts';
import { type Logger, silentLogger } from '../../telemetry/logger.ts';

/** The drivers of an OpenStack cloud; they share log-ins and connections. */
export interface OpenStackDrivers {
  readonly network: () => NetworkDriver;
  readonly compute: () => ComputeDriver;
  readonly portBinding: () => PortBinding;
  readonly image: () => ImageDriver;
  /** Null when amphorae boot from images. */
  readonly volume: () => VolumeDriver | null;
  readonly barbican: () => CertManager;
  readonly castellan: () => CertManager;
  close(): Promise<void>;
}

/** A new server is watched together with others for this long, whatever the pause between later looks is; within the patience that octavia.conf grants. */
const WATCH_MS = 60_000;

/** Everything is made at first use; `attachNetwork` is that of the machines which ports are for. Throws ConfigError when log-in options are missing. */
export function openOpenStackDrivers(config: Config, attachNetwork: AttachNetwork, log: Logger = silentLogger): OpenStackDrivers {
  const cloud = openCloud(config, { log });
  const { controller_worker: worker, nova, networking } = config;
  const image = once(() => (worker.image_driver === 'image_noop_driver' ? createNoopImages() : createGlanceImages(cloud.service('glance'))));
  const volume = once(() => (worker.volume_driver === 'volume_noop_driver' ? null : createCinderVolumes(cloud.service('cinder'), config.cinder)));
  return {
    image, volume,
    network: once(() => createNeutronDriver({ neutron: cloud.service('neutron'), bootNetworkIds: worker.amp_boot_network_list, attachNetwork, retries: networking })),
    portBinding: once(() => createNeutronPortBinding(cloud.service('neutron'))),
    compute: once(() => createNovaCompute({
      nova: cloud.service('nova'), log, image: image(), volume: volume(), antiAffinityPolicy: nova.anti_affinity_policy,
      retries: config.compute, detachTimeoutMs: networking.port_detach_timeout * 1000, watchMs: Math.min(WATCH_MS, worker.amp_active_retries * worker.amp_active_wait_sec * 1000),
      servers: {
        flavorId: worker.amp_flavor_id, imageTag: worker.amp_image_tag, imageOwnerId: worker.amp_image_owner_id || null, keyName: worker.amp_ssh_key_name || null,
        securityGroupIds: worker.amp_secgroup_list, bootNetworkIds: worker.amp_boot_network_list, timezone: worker.amp_timezone, zone: nova.availability_zone,
        nameLength: nova.random_amphora_name_length, filesInUserData: worker.user_data_config_drive,
      },
    })),
    barbican: once(() => createBarbicanCertManager(cloud.service('barbican'))),
    castellan: once(() => createCastellanCertManager(cloud.service('castellan'))),
    close: () => cloud.close(),
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}
