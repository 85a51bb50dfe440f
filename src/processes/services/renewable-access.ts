import { readFileSync } from 'node:fs';
import type { AmphoraClientFactory } from '../../amphora/client/amphora-client.ts';
import type { Config } from '../../config/config.ts';
import type { CertGenerator } from '../../drivers/certs/cert-manager.ts';
import { isMissingFile } from '../../lib/missing-file.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { chooseAmphoraClients, chooseCertGenerator, readCredential } from './amphora-access.ts';

/** How this process reaches amphorae and signs for them, with files that are read again at SIGHUP. */
export interface RenewableAccess {
  readonly clients: AmphoraClientFactory;
  readonly generator: CertGenerator;
  /** Takes changed files over; connections that are in use end in their own time. Throws what reading throws, and leaves everything as it was. */
  reload(): void;
}

/** Calls that are under way with the former certificates may take this long. */
const RETIRE_AFTER_MS = 120_000;

export function openRenewableAccess(config: Config, log: Logger): RenewableAccess {
  let fingerprint = contentOf(config);
  let clients = chooseAmphoraClients(config);
  let generator = chooseCertGenerator(config);
  const retired = new Map<AmphoraClientFactory, NodeJS.Timeout>();
  const retire = (former: AmphoraClientFactory): void => {
    retired.set(former, setTimeout(() => {
      retired.delete(former);
      void former.close();
    }, RETIRE_AFTER_MS).unref());
  };
  return {
    clients: {
      connect: (...call) => clients.connect(...call),
      forget: (amphoraId) => clients.forget(amphoraId),
      async close() {
        for (const timer of retired.values()) clearTimeout(timer);
        await Promise.all([clients, ...retired.keys()].map((factory) => factory.close()));
      },
    },
    generator: {
      issue: (commonName, validitySeconds) => generator.issue(commonName, validitySeconds),
      authoritySinceMs: async () => (await generator.authoritySinceMs?.()) ?? 0,
    },
    reload() {
      const fresh = contentOf(config);
      if (fresh === fingerprint) return;
      const next = chooseAmphoraClients(config);
      retire(clients);
      clients = next;
      generator = chooseCertGenerator(config);
      fingerprint = fresh;
      log.info({}, 'Certificates and authorities were read again');
    },
  };
}

/** The text of every file that counts; files of a process without amphorae need not exist. */
function contentOf({ controller_worker, haproxy_amphora, certificates }: Config): string {
  if (controller_worker.amphora_driver === 'amphora_noop_driver') return '';
  const needed = (['client_cert', 'server_ca'] as const).map((option) => readCredential(haproxy_amphora, option));
  return [...needed, textOrNone(certificates.ca_certificate), textOrNone(certificates.ca_private_key)].join('\0');
}

/** The authority's files may come later than the process. */
function textOrNone(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (isMissingFile(error)) return '';
    throw error;
  }
}
