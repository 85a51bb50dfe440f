import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../src/lib/run.ts';

export interface CertificateWishes {
  /** Name of the authority that signs; absent: self-signed. */
  readonly by?: string;
  /** @default the certificate's name */
  readonly subject?: string;
  readonly dnsNames?: readonly string[];
  readonly isAuthority?: boolean;
}

/** Certificates, keys and revocation lists for tests, made by openssl in one directory: `<name>.crt`, `<name>.key`, `<name>.crl`. */
export class Pki {
  readonly directory: string;
  #serial = 1000;

  constructor(directory: string) {
    this.directory = directory;
    mkdirSync(directory, { recursive: true });
  }

  file(name: string): string {
    return join(this.directory, name);
  }

  text(name: string): string {
    return readFileSync(this.file(name), 'utf8');
  }

  async issue(name: string, { by, subject = `/CN=${name}`, dnsNames = [], isAuthority = false }: CertificateWishes = {}): Promise<void> {
    await this.openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', this.file(`${name}.key`));
    await this.openssl('req', '-new', '-key', this.file(`${name}.key`), '-subj', subject, '-out', this.file(`${name}.csr`));
    const extensions = [`basicConstraints=critical,CA:${isAuthority ? 'TRUE' : 'FALSE'}`, ...(dnsNames.length > 0 ? [`subjectAltName=${dnsNames.map((dns) => `DNS:${dns}`).join(',')}`] : [])];
    writeFileSync(this.file(`${name}.ext`), `${extensions.join('\n')}\n`);
    this.#serial += 1;
    const signer = by === undefined ? ['-signkey', this.file(`${name}.key`)] : ['-CA', this.file(`${by}.crt`), '-CAkey', this.file(`${by}.key`)];
    await this.openssl('x509', '-req', '-in', this.file(`${name}.csr`), ...signer, '-set_serial', String(this.#serial), '-days', '30', '-extfile', this.file(`${name}.ext`), '-out', this.file(`${name}.crt`));
  }

  /** A revocation list of `authority` that names the given certificates. */
  async revoke(authority: string, certificates: readonly string[], file = `${authority}.crl`): Promise<void> {
    const config = this.file(`${file}.cnf`);
    const index = this.file(`${file}.index`);
    writeFileSync(index, '');
    writeFileSync(this.file(`${file}.number`), '01\n');
    writeFileSync(config, `[ca]\ndefault_ca=own\n[own]\ndatabase=${index}\ncrlnumber=${this.file(`${file}.number`)}\ndefault_md=sha256\ndefault_crl_days=30\n`);
    const common = ['ca', '-config', config, '-keyfile', this.file(`${authority}.key`), '-cert', this.file(`${authority}.crt`)];
    for (const name of certificates) await this.openssl(...common, '-revoke', this.file(`${name}.crt`));
    await this.openssl(...common, '-gencrl', '-out', this.file(file));
  }

  /** PKCS#12 without password, base64, as Octavia's documentation has users store it. */
  async pkcs12(name: string, chain: readonly string[] = []): Promise<string> {
    const out = this.file(`${name}.p12`);
    writeFileSync(this.file(`${name}.chain`), chain.map((other) => this.text(`${other}.crt`)).join(''));
    await this.openssl('pkcs12', '-export', '-inkey', this.file(`${name}.key`), '-in', this.file(`${name}.crt`), ...(chain.length > 0 ? ['-certfile', this.file(`${name}.chain`)] : []), '-passout', 'pass:', '-out', out);
    return readFileSync(out).toString('base64');
  }

  async openssl(...args: readonly string[]): Promise<string> {
    return (await run('openssl', args)).stdout;
  }
}

/** The authority `ca` with the members' certificates, and the authority `foreign-ca`. */
export async function createMemberPki(directory: string): Promise<Pki> {
  const pki = new Pki(directory);
  await Promise.all([pki.issue('ca', { isAuthority: true }), pki.issue('foreign-ca', { isAuthority: true })]);
  await pki.issue('member', { by: 'ca', dnsNames: ['member.example'] });
  await pki.issue('revoked-member', { by: 'ca', dnsNames: ['member.example'] });
  await pki.issue('foreign-member', { by: 'foreign-ca', dnsNames: ['member.example'] });
  await pki.revoke('ca', ['revoked-member']);
  return pki;
}
