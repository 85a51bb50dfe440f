import { serverBody } from '../../src/drivers/compute/nova/boot-body.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { renderBootFiles } from '../../src/worker/boot-files.ts';
import { settingsFrom } from '../../src/worker/settings.ts';
import type { DriveContent } from './config-drive.ts';

export interface AmphoraRequest {
  readonly amphoraId: string;
  readonly clientCaPem: string;
  readonly serverPem: string;
  readonly controller: string;
  readonly heartbeatPort: number;
  readonly logPort: number;
}

/** What the worker tells Nova, and Nova the machine, about a new amphora. */
export function bootContent(request: AmphoraRequest, networkData: unknown): DriveContent {
  const settings = settingsFrom(loadConfig({ overrides: {
    health_manager: { heartbeat_key: 'insecure', controller_ip_port_list: [`${request.controller}:${request.heartbeatPort}`], heartbeat_interval: 3 },
    amphora_agent: { tenant_log_targets: [`${request.controller}:${request.logPort}`], admin_log_targets: [`${request.controller}:${request.logPort}`], log_protocol: 'UDP' },
  } }));
  const files = renderBootFiles(request.amphoraId, 'SINGLE', request.serverPem, { ...settings.boot, clientCaPem: request.clientCaPem });
  const { server } = serverBody(
    { amphoraId: request.amphoraId, loadBalancerId: null, name: `amphora-${request.amphoraId}`, files, flavor: {}, availabilityZone: {}, serverGroupId: null },
    { kind: 'image', imageId: 'image' },
    { flavorId: 'flavor', imageTag: 'amphora', imageOwnerId: null, keyName: null, securityGroupIds: [], bootNetworkIds: ['management'], timezone: 'Europe/Berlin', zone: null, nameLength: 0, filesInUserData: false },
  ) as { server: { name: string; user_data: string; personality: { path: string; contents: string }[] } };
  return {
    serverId: 'b0071e55-0000-4000-8000-000000000001', hostname: `${server.name}.novalocal`,
    files: Object.fromEntries(server.personality.map(({ path, contents }) => [path, Buffer.from(contents, 'base64').toString()])),
    userData: Buffer.from(server.user_data, 'base64').toString(), networkData,
  };
}
