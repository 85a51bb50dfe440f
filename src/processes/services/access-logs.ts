import type { AmphoraClientFactory } from '../../amphora/client/amphora-client.ts';
import type { AccessLogSource } from '../../api/access-log-source.ts';
import type { Config } from '../../config/config.ts';
import { reasonOf } from '../../lib/errors.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { StopList } from '../stop-list.ts';

/** Asks the agents of amphorae for their flow logs. */
export function accessLogsOf(clients: AmphoraClientFactory): AccessLogSource {
  return { read: async ({ id, address }, cursor) => (await clients.connect({ amphoraId: id, lbNetworkIp: address }, 'once').readAccessLog?.(cursor)) ?? null };
}

/** The same with clients made when first needed: not every API host has the controller's certificate. */
export function openAccessLogs(config: Config, { log, stops }: { readonly log: Logger; readonly stops: StopList }): () => Promise<AccessLogSource | null> {
  let opened: Promise<AccessLogSource | null> | undefined;
  const open = async () => {
    const { chooseAmphoraClients } = await import('./amphora-access.ts');
    try {
      const clients = chooseAmphoraClients(config);
      stops.add('amphora clients', () => clients.close());
      return accessLogsOf(clients);
    } catch (error) {
      log.warn({ reason: reasonOf(error) }, 'Access logs cannot be shown: this process has no credentials for amphorae');
      return null;
    }
  };
  return () => (opened ??= open());
}
