import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { Config } from '../../config/config.ts';
import { reasonOf } from '../../lib/errors.ts';
import { authorityFiles, type AuthorityFiles } from '../certificates/authority-files.ts';
import { failure, note, ok, type Finding } from './finding.ts';

const AREA = 'certificates';
const SOON_MS = 90 * 86_400_000;
const CREATE = 'octavia certificates create DIRECTORY makes all of them; name the files in octavia.conf';

/** The two authorities and what each side shows: readable, in time, with their keys, and trusted by the other side. */
export function checkCertificates(config: Config, nowMs: number): readonly Finding[] {
  if (config.controller_worker.amphora_driver === 'amphora_noop_driver') return [];
  const files = authorityFiles(config);
  const named = [
    ['[certificates] ca_certificate', files.serverCa], ['[haproxy_amphora] server_ca', files.serverTrust],
    ['[controller_worker] client_ca', files.clientTrust], ['[haproxy_amphora] client_cert', files.clientCertificate],
  ] as const;
  const times = named.map(([option, file]) => look(option, () => checkTimes(option, file, nowMs)));
  return [
    ...times,
    look('[certificates] ca_private_key', () => checkAuthorityKey(files)),
    look('server chain', () => checkServerTrust(files)),
    look('client chain', () => checkClientChain(files)),
  ];
}

function look(what: string, check: () => Finding): Finding {
  try {
    return check();
  } catch (error) {
    return failure(AREA, what, reasonOf(error), CREATE);
  }
}

/** Every certificate of a PEM file; the first is the one that is used. Throws when there is none. */
function certificatesIn(file: string): readonly [X509Certificate, ...X509Certificate[]] {
  const [first, ...rest] = [...readFileSync(file, 'utf8').matchAll(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g)].map(([pem]) => new X509Certificate(pem));
  if (first === undefined) throw new Error(`${file} holds no certificate`);
  return [first, ...rest];
}

function checkTimes(option: string, file: string, nowMs: number): Finding {
  const [certificate] = certificatesIn(file);
  const [from, until] = [certificate.validFromDate.getTime(), certificate.validToDate.getTime()];
  const day = new Date(until).toISOString().slice(0, 10);
  if (until <= nowMs) return failure(AREA, option, `${file} ended on ${day}`, 'renew it: octavia certificates --help');
  if (from > nowMs) return failure(AREA, option, `${file} is valid from ${new Date(from).toISOString()} on`, 'correct the clock of this machine (timedatectl) or make the certificate anew');
  return until - nowMs < SOON_MS ? note(AREA, option, `${file} ends on ${day}`, 'octavia certificates server-ca-prepare or client-ca') : ok(AREA, option, `${file}, until ${day}`);
}

function checkAuthorityKey({ serverCa, serverCaKey, passphrase }: AuthorityFiles): Finding {
  const what = '[certificates] ca_private_key';
  const key = createPrivateKey({ key: readFileSync(serverCaKey), ...(passphrase !== null && { passphrase }) });
  const [certificate] = certificatesIn(serverCa);
  if (!certificate.ca) return failure(AREA, what, `${serverCa} is the certificate of no authority`, CREATE);
  if (!certificate.checkPrivateKey(key)) return failure(AREA, what, `${serverCaKey} is not the key of ${serverCa}`, 'name a certificate and its own key');
  const isOpen = (statSync(serverCaKey).mode & 0o007) !== 0;
  return isOpen ? note(AREA, what, `${serverCaKey} can be read by everybody`, `chmod o= ${serverCaKey}`) : ok(AREA, what, 'belongs to the certificate');
}

function checkServerTrust({ serverCa, serverTrust }: AuthorityFiles): Finding {
  const what = 'server chain';
  const [signer] = certificatesIn(serverCa);
  const isTrusted = certificatesIn(serverTrust).some((one) => one.fingerprint256 === signer.fingerprint256 || isIssued(signer, one));
  if (isTrusted) return ok(AREA, what, 'controllers trust the authority that signs agents');
  return failure(AREA, what, `${serverTrust} does not hold ${serverCa}: controllers refuse new agents`, `cat ${serverCa} >> ${serverTrust}, then SIGHUP to workers`);
}

function checkClientChain({ clientCertificate, clientTrust }: AuthorityFiles): Finding {
  const what = 'client chain';
  const [leaf, ...between] = certificatesIn(clientCertificate);
  const text = readFileSync(clientCertificate, 'utf8');
  if (!leaf.checkPrivateKey(createPrivateKey(text))) return failure(AREA, what, `${clientCertificate} holds a key that is not its certificate's`, 'put the certificate and its own key into the file');
  const trusted = certificatesIn(clientTrust);
  const reaches = (one: X509Certificate, left: readonly X509Certificate[]): boolean =>
    trusted.some((root) => isIssued(one, root)) || left.some((next) => isIssued(one, next) && reaches(next, left.filter((other) => other !== next)));
  if (reaches(leaf, between)) return ok(AREA, what, 'agents trust the certificate that controllers show');
  return failure(AREA, what, `${clientCertificate} is signed by no authority in ${clientTrust}: agents refuse this controller`, 'name the client authority in [controller_worker] client_ca, not the server authority');
}

function isIssued(one: X509Certificate, by: X509Certificate): boolean {
  return one.checkIssued(by) && one.verify(by.publicKey);
}
