import { execFileSync } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Files for `local_cert_manager`: `server` (certificate and key), `authority`, `revoked` (its revocation list), `stranger` (another
 * authority), `foreign-list` (a list of the stranger), `garbage` (no PEM at all) and `keyless` (a certificate without its key).
 */
export function writeCertificates(directory: string): void {
  const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { cwd: directory, stdio: 'ignore' });
  const selfSigned = (name: string) =>
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${name}`, '-addext', 'keyUsage=critical,keyCertSign,cRLSign,digitalSignature', '-keyout', `${name}.key`, '-out', `${name}.crt`);
  for (const name of ['server', 'authority', 'stranger']) selfSigned(name);
  writeFileSync(join(directory, 'index.txt'), '');
  writeFileSync(join(directory, 'crl.cnf'), '[ca]\ndefault_ca = all\n[all]\ndatabase = index.txt\ndefault_md = sha256\ndefault_crl_days = 2\n');
  for (const [list, issuer] of [['revoked', 'authority'], ['foreign-list', 'stranger']] as const) {
    openssl('ca', '-gencrl', '-config', 'crl.cnf', '-cert', `${issuer}.crt`, '-keyfile', `${issuer}.key`, '-out', `${list}.crt`);
  }
  writeFileSync(join(directory, 'garbage.crt'), 'no certificate\n');
  writeFileSync(join(directory, 'garbage.key'), 'no key\n');
  copyFileSync(join(directory, 'server.crt'), join(directory, 'keyless.crt'));
}
