import { randomUUID } from 'node:crypto';
import type { CertGenerator } from '../drivers/certs/cert-manager.ts';
import { reasonOf } from '../lib/errors.ts';
import type { Logger } from '../telemetry/logger.ts';

/** The certificate of an agent: PEM of certificate and key, and when it ends (epoch ms). */
export interface AgentCertificate { readonly serverPem: string; readonly expiresAtMs: number }

/** Ids for new amphorae, with certificates issued ahead so that no load balancer waits for a signature. */
export interface AmphoraIdentities {
  /** Fresh ids; at once, whatever the authority is doing. */
  takeIds(count: number): readonly string[];
  /** The certificate of an amphora: the one issued ahead, or a new one. Throws what the generator throws. */
  certificateOf(amphoraId: string): Promise<AgentCertificate>;
  /** Ids that turned out not to be needed. */
  giveBack(ids: readonly string[]): void;
}

interface Options {
  readonly generator: CertGenerator;
  readonly validitySeconds: () => number;
  readonly log: Logger;
  /** @default 4 */
  readonly ahead?: number;
  readonly now: () => number;
}

const HOUR_MS = 3_600_000;

export function createAmphoraIdentities({ generator, validitySeconds, log, ahead = 4, now }: Options): AmphoraIdentities {
  const ready: string[] = [];
  const certificates = new Map<string, { readonly issued: Promise<AgentCertificate>; readonly sinceMs: number }>();
  const issue = async (amphoraId: string): Promise<AgentCertificate> => {
    const { certificatePem, privateKeyPem, expiresAtMs } = await generator.issue(amphoraId, validitySeconds());
    return { serverPem: certificatePem + privateKeyPem, expiresAtMs };
  };
  let isFilling = false;
  const refill = async (): Promise<void> => {
    if (isFilling) return;
    isFilling = true;
    try {
      while (ready.length < ahead) {
        const id = randomUUID();
        const certificate = await issue(id);
        certificates.set(id, { issued: Promise.resolve(certificate), sinceMs: now() });
        ready.push(id);
      }
    } catch (error) {
      log.debug({ reason: reasonOf(error) }, 'Amphora certificates cannot be issued ahead');
    } finally {
      isFilling = false;
    }
  };
  const startRefill = (): void => void setImmediate(() => void refill());
  return {
    takeIds: (count) => {
      const ids = ready.splice(0, count);
      while (ids.length < count) ids.push(randomUUID());
      return ids;
    },
    giveBack: (ids) => {
      for (const id of ids) if (certificates.has(id)) ready.push(id);
    },
    certificateOf: async (amphoraId) => {
      const prepared = certificates.get(amphoraId);
      certificates.delete(amphoraId);
      startRefill();
      // One that has waited long has lost too much of its life.
      return prepared !== undefined && now() - prepared.sinceMs < HOUR_MS ? prepared.issued : issue(amphoraId);
    },
  };
}
