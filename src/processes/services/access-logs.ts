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

interface AccessLogParts {
  readonly log: Logger;
  readonly stops: StopList;
  readonly onReload: (part: string, told: () => void) => void;
}

/** Reads that are under way with the former certificates may take this long. */
const RETIRE_AFTER_MS = 120_000;

/** The same with clients made when first needed, and after each SIGHUP anew: not every API host has the controller's certificate, and it changes. */
export function openAccessLogs(config: Config, { log, stops, onReload }: AccessLogParts): () => Promise<AccessLogSource | null> {
  let opened: Promise<AccessLogSource | null> | undefined;
  let clients: AmphoraClientFactory | null = null;
  stops.add('amphora clients', async () => clients?.close());
  onReload('access logs', () => {
    const former = clients;
    if (former !== null) setTimeout(() => void former.close(), RETIRE_AFTER_MS).unref();
    opened = undefined;
    clients = null;
  });
  const open = async () => {
    const { chooseAmphoraClients } = await import('./amphora-access.ts');
    try {
      clients = chooseAmphoraClients(config);
      return accessLogsOf(clients);
    } catch (error) {
      log.warn({ reason: reasonOf(error) }, 'Access logs cannot be shown: this process has no credentials for amphorae');
      return null;
    }
  };
  return () => (opened ??= open());
}
