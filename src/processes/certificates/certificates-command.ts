import { randomBytes } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Config } from '../../config/config.ts';
import { loadConfig } from '../../config/load-config.ts';
import { ensureDualCa } from '../../drivers/certs/create-ca.ts';
import { toSqlDatetime } from '../../lib/clock.ts';
import { OctaviaError, reasonOf } from '../../lib/errors.ts';
import type { Store } from '../../store/database.ts';
import { withConfiguredStore } from '../../store/configured-store.ts';
import { chooseCertGenerator } from '../services/amphora-access.ts';
import { configSources, type ServiceFiles } from '../services/config-sources.ts';
import { authorityFiles, describeFile, prepareServerCa, retireServerCa, rotateClientCa, switchServerCa } from './authority-files.ts';
import { shareWithGroup } from './share-with-group.ts';

const HOUSEKEEPING_RENEWS = 'Housekeeping renews the certificates of all amphorae within two rounds of [house_keeping] cert_interval after it has been told.';

/** Hosts of the light pool are renewed by hand: five years. */
const LIGHT_HOST_SECONDS = 5 * 365 * 86_400;

/** `octavia certificates create DIRECTORY`. */
export async function createCertificates(directory: string): Promise<void> {
  say(['Both authorities and the controller\'s certificate are there:', ...(await ensureCertificates(directory)).map((file) => `  ${file}`)]);
}

/** Makes what is missing of the two authorities, the controllers' certificate and what controllers trust. Returns the files. */
export async function ensureCertificates(directory: string): Promise<readonly string[]> {
  // What controllers trust is a file of its own: it holds two authorities while one is replaced.
  const trusted = join(directory, 'server_ca.trusted.pem');
  const authority = join(directory, 'server_ca.cert.pem');
  if (existsSync(trusted) && !existsSync(authority)) {
    throw new OctaviaError('authority-lost', `${trusted} is there without ${authority}, so controllers would not trust a new authority: bring that file and its key back from a copy or another controller, or move ${trusted} away as well.`);
  }
  const { serverCaCert, serverCaKey, clientCaCert, clientCertAndKey } = await ensureDualCa(directory);
  if (!existsSync(trusted)) copyFileSync(serverCaCert, trusted);
  const files = [serverCaCert, serverCaKey, clientCaCert, clientCertAndKey, trusted];
  // The key of the client authority is not among them: no service needs it.
  for (const path of [directory, ...files]) shareWithGroup(path, dirname(resolve(directory)));
  return files;
}

/** `octavia certificates status`. */
export async function showCertificates(files: ServiceFiles): Promise<void> {
  const config = read(files);
  const paths = authorityFiles(config);
  const lines: string[] = [];
  for (const [what, file] of [['signs agents', paths.serverCa], ['trusted by controllers', paths.serverTrust], ['trusted by agents', paths.clientTrust], ['shown by controllers', paths.clientCertificate]] as const) {
    try {
      for (const { subject, endsAtMs } of describeFile(file)) lines.push(`${what.padEnd(23)} ${subject}, ends ${new Date(endsAtMs).toISOString().slice(0, 10)} (${file})`);
    } catch (error) {
      lines.push(`${what.padEnd(23)} ${file}: ${reasonOf(error)}`);
    }
  }
  // The files are told also where the database cannot be asked.
  say(lines);
  await withConfiguredStore(config.database, async (store) => {
    const { amphorae, oldSigned, soon } = await countCertificates(store, config);
    say([`${amphorae} amphorae, ${oldSigned} with a certificate from before the present authority, ${soon} that end within [house_keeping] cert_expiry_buffer`]);
  });
}

/** `octavia certificates server-ca-prepare`, `-switch` and `-retire`. */
export async function changeServerCa(step: 'prepare' | 'switch' | 'retire', files: ServiceFiles): Promise<void> {
  const config = read(files);
  const paths = authorityFiles(config);
  const then = {
    prepare: ['Copy these files to every controller and send SIGHUP to workers, housekeeping and APIs, so that all of them trust the next authority. Then: octavia certificates server-ca-switch'],
    switch: ['Copy these files to every controller and send SIGHUP to workers, housekeeping and APIs, within the hour.', HOUSEKEEPING_RENEWS, 'Then, when octavia certificates status counts 0: octavia certificates server-ca-retire'],
    retire: ['Copy this file to every controller and send SIGHUP to workers, housekeeping and APIs. The change is complete.'],
  };
  if (step === 'prepare') say([...(await prepareServerCa(paths)), ...then.prepare]);
  else if (step === 'switch') say([...switchServerCa(paths), ...then.switch]);
  else await withConfiguredStore(config.database, async (store) => say([...retireServerCa(paths, (await countCertificates(store, config)).oldSigned), ...then.retire]));
}

/** `octavia certificates client-ca --key FILE`. */
export async function changeClientCa(options: ServiceFiles & { readonly key: string; readonly passphrase?: string }): Promise<void> {
  const written = await rotateClientCa(authorityFiles(read(options)), options.key, options.passphrase ?? null);
  say([
    ...written,
    'Copy the last two files to every controller and send SIGHUP to workers, housekeeping and APIs; keep the key where the former one was. Agents need nothing:',
    'the former authority vouches for the new one until it ends; amphorae that are made from now on trust both.',
  ]);
}

/** `octavia certificates light-host NAME`: signed by the authority of agents, which controllers trust. */
export async function issueLightHostCertificate(name: string, options: ServiceFiles & { readonly output: string }): Promise<void> {
  const { certificatePem, privateKeyPem, expiresAtMs } = await chooseCertGenerator(read(options)).issue(name, LIGHT_HOST_SECONDS);
  // A file that is there keeps its mode, and the key in it would be everybody's.
  if (existsSync(options.output)) chmodSync(options.output, 0o600);
  writeFileSync(options.output, certificatePem + privateKeyPem, { mode: 0o600 });
  say([
    `${options.output}: certificate with key of ${name}, until ${new Date(expiresAtMs).toISOString().slice(0, 10)}`,
    'Copy it to that host as [light_pool] certificate, with [controller_worker] client_ca; later ones are taken over with SIGHUP.',
  ]);
}

/** `octavia certificates renew`: all agent certificates, whatever they are. */
export async function renewAll(options: ServiceFiles & { readonly amphora?: string }): Promise<void> {
  const config = read(options);
  await withConfiguredStore(config.database, async (store) => {
    const { numUpdatedRows } = await store.transaction((trx) => {
      const query = trx.updateTable('amphora').set({ cert_expiration: toSqlDatetime(Date.now()) }).where('status', 'not in', ['DELETED', 'PENDING_DELETE']).where('cert_expiration', 'is not', null);
      return (options.amphora === undefined ? query : query.where('id', '=', options.amphora)).executeTakeFirstOrThrow();
    });
    if (options.amphora !== undefined && numUpdatedRows === 0n) throw new OctaviaError('no-such-amphora', `There is no amphora ${options.amphora} that has a certificate.`);
    say([`${numUpdatedRows} amphorae get a new certificate with housekeeping's next round ([house_keeping] cert_interval)`]);
  });
}

/** `octavia certificates heartbeat-key`: a fresh key and the three steps to it. */
export function proposeHeartbeatKey(): void {
  const key = randomBytes(32).toString('base64url');
  say([
    `1. On every controller:  [health_manager] accepted_heartbeat_keys = ${key}`,
    '   and SIGHUP to every health manager. Heartbeats with either key are taken.',
    `2. On every controller:  [health_manager] heartbeat_key = ${key}`,
    '                         accepted_heartbeat_keys = <the former key>',
    '   and SIGHUP to every worker and then to every health manager. Amphorae that sign with the former key are given the new one; none fails over.',
    '3. When octavia_health_other_key_amphorae is 0 (the log says so too): empty accepted_heartbeat_keys and restart the health managers.',
  ]);
}

/** Amphorae by the age of their certificates; who signed them follows from when they end. */
export async function countCertificates(store: Store, config: Config): Promise<{ readonly amphorae: number; readonly oldSigned: number; readonly soon: number }> {
  const rows = await store.read.selectFrom('amphora').select('cert_expiration').where('status', 'not in', ['DELETED', 'PENDING_DELETE']).where('cert_expiration', 'is not', null).execute();
  const [present] = describeFile(config.certificates.ca_certificate);
  const oldBefore = toSqlDatetime((present?.sinceMs ?? 0) + config.certificates.cert_validity_time * 1000);
  const soonBefore = toSqlDatetime(Date.now() + config.house_keeping.cert_expiry_buffer * 1000);
  const endingBefore = (limit: string): number => rows.filter((row) => (row.cert_expiration ?? '') < limit).length;
  return { amphorae: rows.length, oldSigned: endingBefore(oldBefore), soon: endingBefore(soonBefore) };
}

function read(files: ServiceFiles): Config {
  return loadConfig(configSources('octavia', files));
}

function say(lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}
