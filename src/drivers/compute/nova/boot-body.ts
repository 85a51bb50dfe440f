import { createHash } from 'node:crypto';
import type { JsonObject } from '../../../openstack/json.ts';
import { MANAGEMENT_INTERFACES } from '../../image/image-driver.ts';
import type { BootFiles, BootRequest } from '../compute-driver.ts';

/** `[controller_worker]` and `[nova]` options that servers are made from. */
export interface ServerSettings {
  readonly flavorId: string;
  readonly imageTag: string;
  readonly imageOwnerId: string | null;
  readonly keyName: string | null;
  readonly securityGroupIds: readonly string[];
  readonly bootNetworkIds: readonly string[];
  readonly timezone: string;
  readonly zone: string | null;
  /** 0: `amphora-<id>`. */
  readonly nameLength: number;
  /** Deprecated in the original: boot files in the user data instead of the config drive. */
  readonly filesInUserData: boolean;
}

/** What a server boots from: an image, or a volume that goes with it. */
export type BootDisk = { readonly kind: 'image'; readonly imageId: string } | { readonly kind: 'volume'; readonly volumeId: string };

/**
 * The body of POST /servers with the fields and files of the original (contracts section 12). `portIds`: interfaces of the
 * load balancer that the server has from birth.
 */
export function serverBody(request: BootRequest, disk: BootDisk, settings: ServerSettings, portIds: readonly string[] = []): JsonObject {
  const management = bootNetworks(request, settings);
  const zone = request.availabilityZone.compute_zone ?? settings.zone;
  const server = {
    name: serverName(request.amphoraId, settings.nameLength), flavorRef: request.flavor.compute_flavor ?? settings.flavorId,
    imageRef: disk.kind === 'image' ? disk.imageId : '',
    ...(disk.kind === 'volume' && {
      block_device_mapping_v2: [{ boot_index: 0, uuid: disk.volumeId, source_type: 'volume', destination_type: 'volume', delete_on_termination: true }],
    }),
    config_drive: true, min_count: 1, max_count: 1,
    networks: [...management.map((uuid) => ({ uuid })), ...portIds.map((port) => ({ port }))],
    ...(portIds.length > 0 && { metadata: { [MANAGEMENT_INTERFACES]: String(management.length) } }),
    security_groups: settings.securityGroupIds.map((name) => ({ name })), user_data: base64(userData(request.files, settings)),
    ...(!settings.filesInUserData && { personality: Object.entries(request.files).map(([path, content]) => ({ path, contents: base64(content) })) }),
    ...(settings.keyName !== null && { key_name: settings.keyName }), ...(zone !== null && { availability_zone: zone }),
  };
  return { server, ...(request.serverGroupId !== null && { 'os:scheduler_hints': { group: request.serverGroupId } }) };
}

/** The zone's management network takes the place of the first one. */
export function bootNetworks({ availabilityZone }: BootRequest, { bootNetworkIds }: ServerSettings): readonly string[] {
  const own = availabilityZone.management_network;
  return own === undefined ? bootNetworkIds : [own, ...bootNetworkIds.slice(1)];
}

/** Names that say nothing follow from the amphora all the same: a server whose answer got lost must be found again. */
export function serverName(amphoraId: string, length: number): string {
  if (length === 0) return `amphora-${amphoraId}`;
  return `a${createHash('sha256').update(amphoraId).digest('hex')}`.slice(0, length);
}

/** `#cloud-config` with the time zone; the files too where the config drive shall not carry them. */
function userData(files: BootFiles, { timezone, filesInUserData }: ServerSettings): string {
  const head = ['#cloud-config', `timezone: ${JSON.stringify(timezone)}`];
  if (!filesInUserData) return [...head, 'runcmd:', '- systemctl restart rsyslog', ''].join('\n');
  const written = Object.entries(files).flatMap(([path, content]) => [`- path: ${path}`, '  encoding: b64', `  content: ${base64(content)}`]);
  return [...head, 'write_files:', ...written, 'runcmd:', '- systemctl restart rsyslog', '- service amphora-agent restart', ''].join('\n');
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
