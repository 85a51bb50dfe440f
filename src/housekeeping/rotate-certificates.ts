import type { AmphoraClientFactory } from '../amphora/client/amphora-client.ts';
import type { CertGenerator } from '../drivers/certs/cert-manager.ts';
import { toSqlDatetime, type Clock } from '../lib/clock.ts';
import type { Store } from '../store/database.ts';
import type { Logger } from '../telemetry/logger.ts';

export interface CertificateRotationOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly generator: CertGenerator;
  readonly amphorae: AmphoraClientFactory;
  /** A certificate that ends within this time is renewed. */
  readonly bufferSeconds: number;
  readonly validitySeconds: number;
  /** Renewals at the same time. */
  readonly concurrency: number;
  /** True: those that wait are left to the next round. @default never */
  readonly isStopping?: () => boolean;
}

interface ExpiringAmphora {
  readonly id: string;
  readonly lbNetworkIp: string;
}

/**
 * Certificates of the first hour of an authority are renewed once more: a worker that had not been told of it yet may have
 * had them signed by the one before.
 */
const HANDOVER_MS = 3_600_000;

/** A renewal takes seconds, and its mark is renewed while it lasts; one that is older died with its process. */
const ABANDONED_AFTER_MS = 300_000;
const MARK_EVERY_MS = 60_000;

/** Clocks of two controllers may differ so much without harm. */
const FUTURE_MS = 3_600_000;

/**
 * Renews the agent certificates that end soon, have ended, are not valid yet or that an earlier authority signed; returns how many. The mark cert_busy keeps two housekeepers (also the
 * original's) from doing one twice. A failure leaves the old certificate in place for the next round; the original
 * would put the amphora in ERROR.
 */
export async function rotateCertificates(given: CertificateRotationOptions): Promise<number> {
  const options: Round = { ...given, expiringBefore: await expiringBefore(given), futureFrom: toSqlDatetime(given.clock.now() + given.validitySeconds * 1000 + FUTURE_MS) };
  const waiting = await findExpiring(options);
  let renewed = 0;
  const work = async () => {
    for (let amphora = waiting.shift(); amphora !== undefined && options.isStopping?.() !== true; amphora = waiting.shift()) {
      if ((await claim(options, amphora.id)) && (await renew(options, amphora))) renewed += 1;
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, options.concurrency) }, work));
  return renewed;
}

interface Round extends CertificateRotationOptions {
  /** Certificates that end before it are renewed. */
  readonly expiringBefore: string;
  /** One that ends after it was issued by a clock that was ahead. */
  readonly futureFrom: string;
}

/** The end of a certificate tells when it was issued, and so by which authority. */
async function expiringBefore({ clock, bufferSeconds, generator, validitySeconds, log }: CertificateRotationOptions): Promise<string> {
  const soonMs = clock.now() + bufferSeconds * 1000;
  try {
    const sinceMs = await generator.authoritySinceMs?.();
    if (sinceMs === undefined) return toSqlDatetime(soonMs);
    // Renewing again within that hour would be for nothing: it is done once, when the hour is over.
    const handoverMs = clock.now() < sinceMs + HANDOVER_MS ? 0 : HANDOVER_MS;
    return toSqlDatetime(Math.max(soonMs, sinceMs + handoverMs + validitySeconds * 1000));
  } catch (error) {
    log.warn({ err: error }, 'The authority of amphora certificates cannot be read');
    return toSqlDatetime(soonMs);
  }
}

async function findExpiring({ store, clock, expiringBefore: before, futureFrom }: Round): Promise<ExpiringAmphora[]> {
  const rows = await store.read
    .selectFrom('amphora').select(['id', 'lb_network_ip'])
    .where('status', 'not in', ['DELETED', 'PENDING_DELETE'])
    .where((eb) => eb.or([eb('cert_expiration', '<', before), eb('cert_expiration', '>', futureFrom)]))
    .where((eb) => eb.or([eb('cert_busy', '=', false), eb('updated_at', '<', toSqlDatetime(clock.now() - ABANDONED_AFTER_MS))]))
    .orderBy('cert_expiration').execute();
  return rows.flatMap((row) => (row.lb_network_ip === null ? [] : [{ id: row.id, lbNetworkIp: row.lb_network_ip }]));
}

/** The end is looked at again: another housekeeper may have renewed it since it was found. */
async function claim({ store, clock, expiringBefore: before, futureFrom }: Round, id: string): Promise<boolean> {
  const nowMs = clock.now();
  const { numUpdatedRows } = await store.transaction((trx) =>
    trx.updateTable('amphora').set({ cert_busy: true, updated_at: toSqlDatetime(nowMs) })
      .where('id', '=', id).where('status', 'not in', ['DELETED', 'PENDING_DELETE']).where((eb) => eb.or([eb('cert_expiration', '<', before), eb('cert_expiration', '>', futureFrom)]))
      .where((eb) => eb.or([eb('cert_busy', '=', false), eb('updated_at', '<', toSqlDatetime(nowMs - ABANDONED_AFTER_MS))]))
      .executeTakeFirstOrThrow());
  return numUpdatedRows > 0n;
}

async function renew(options: Round, amphora: ExpiringAmphora): Promise<boolean> {
  const { store, log } = options;
  const marking = setInterval(() => void mark(options, amphora.id), MARK_EVERY_MS);
  try {
    const issued = await options.generator.issue(amphora.id, options.validitySeconds);
    const client = options.amphorae.connect({ amphoraId: amphora.id, lbNetworkIp: amphora.lbNetworkIp }, 'active');
    await client.uploadAgentCertificate(`${issued.certificatePem.trimEnd()}\n${issued.privateKeyPem.trimEnd()}\n`);
    await store.transaction((trx) =>
      trx.updateTable('amphora').set({ cert_busy: false, cert_expiration: toSqlDatetime(issued.expiresAtMs) }).where('id', '=', amphora.id).execute());
    log.info({ amphora: amphora.id, expires: toSqlDatetime(issued.expiresAtMs) }, 'Renewed the certificate of an amphora');
    return true;
  } catch (error) {
    log.error({ amphora: amphora.id, err: error }, 'Renewing the certificate of an amphora failed; it is tried again in the next round');
    await store.transaction((trx) => trx.updateTable('amphora').set({ cert_busy: false }).where('id', '=', amphora.id).execute());
    return false;
  } finally {
    clearInterval(marking);
  }
}

/** Tells other housekeepers that the renewal goes on. */
async function mark({ store, clock, log }: Round, id: string): Promise<void> {
  try {
    await store.transaction((trx) => trx.updateTable('amphora').set({ updated_at: toSqlDatetime(clock.now()) }).where('id', '=', id).where('cert_busy', '=', true).execute());
  } catch (error) {
    log.warn({ amphora: id, err: error }, 'The mark of a renewal could not be renewed');
  }
}
