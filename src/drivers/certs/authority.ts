import 'reflect-metadata';
import { createPrivateKey, webcrypto, type KeyObject } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension, BasicConstraintsExtension, ExtendedKeyUsage, ExtendedKeyUsageExtension, KeyUsageFlags, KeyUsagesExtension,
  SubjectAlternativeNameExtension, SubjectKeyIdentifierExtension, X509Certificate, X509CertificateGenerator, type Extension, type PublicKey,
} from '@peculiar/x509';
import { reasonOf } from '../../lib/errors.ts';
import { DriverFailure } from '../errors.ts';

/** A certificate authority held in memory. */
export interface Authority {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  /** Signs a fresh P-256 key for `commonName` (CN and SAN), for TLS servers and clients. */
  issue(commonName: string, validitySeconds: number): Promise<IssuedCertificate>;
  /** Signs another authority, so that whoever trusts this one trusts that one too, until this one ends. PEM. */
  vouchFor(other: Pick<Authority, 'certificatePem'>): Promise<string>;
}

export interface IssuedCertificate {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  readonly expiresAtMs: number;
}

/** `[certificates] signing_digest` in Web Cryptography's spelling. */
export type SigningDigest = 'SHA-256' | 'SHA-384' | 'SHA-512';

const P256 = { name: 'ECDSA', namedCurve: 'P-256' } as const;
/** Clocks of amphorae may lag a little behind ours. */
const BACKDATE_MS = 60_000;

/** A new self-signed authority with a P-256 key. */
export async function createAuthority(name: string, validitySeconds: number): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify']);
  const now = Date.now();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: [{ CN: [name] }],
    notBefore: new Date(now - BACKDATE_MS),
    notAfter: new Date(now + validitySeconds * 1000),
    keys,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign | KeyUsageFlags.digitalSignature, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return authorityOf(certificate, keys.privateKey, await privateKeyPem(keys.privateKey), { name: 'ECDSA', hash: 'SHA-256' });
}

/** An authority from PEM texts; the key may be RSA or EC, encrypted or not. Throws DriverFailure when they are unusable. */
export async function loadAuthority(
  certificatePem: string, privateKey: string, options: { passphrase?: string | null; digest?: SigningDigest } = {},
): Promise<Authority> {
  const digest = options.digest ?? 'SHA-256';
  try {
    const key = createPrivateKey({ key: privateKey, ...(options.passphrase ? { passphrase: options.passphrase } : {}) });
    const signing = signingAlgorithmOf(key, digest);
    return authorityOf(new X509Certificate(certificatePem), key.toCryptoKey(signing, true, ['sign']), privateKey, signing);
  } catch (error) {
    throw new DriverFailure('certificates', 'load authority', `The certificate authority cannot be used: ${reasonOf(error)}`, { retry: 'fatal', cause: error });
  }
}

function signingAlgorithmOf(key: KeyObject, hash: SigningDigest): { name: string; hash: string; namedCurve?: string } {
  if (key.asymmetricKeyType === 'rsa') return { name: 'RSASSA-PKCS1-v1_5', hash };
  const curve = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' }[key.asymmetricKeyDetails?.namedCurve ?? ''];
  if (key.asymmetricKeyType === 'ec' && curve !== undefined) return { name: 'ECDSA', namedCurve: curve, hash };
  throw new DriverFailure('certificates', 'load authority', `Keys of type ${key.asymmetricKeyType} are not supported.`, { retry: 'fatal' });
}

function authorityOf(certificate: X509Certificate, signingKey: webcrypto.CryptoKey, keyPem: string, signingAlgorithm: { name: string; hash: string }): Authority {
  return {
    certificatePem: `${certificate.toString('pem')}\n`,
    privateKeyPem: keyPem,
    issue: async (commonName, validitySeconds) => {
      const keys = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify']);
      // Certificates count whole seconds.
      const expiresAtMs = Math.floor(Date.now() / 1000 + validitySeconds) * 1000;
      const issued = await X509CertificateGenerator.create({
        serialNumber: newSerial(),
        subject: [{ CN: [commonName] }],
        issuer: certificate.subject,
        notBefore: new Date(Date.now() - BACKDATE_MS),
        notAfter: new Date(expiresAtMs),
        publicKey: keys.publicKey,
        signingKey,
        signingAlgorithm,
        extensions: await leafExtensions(commonName, keys.publicKey, certificate),
      });
      return { certificatePem: `${issued.toString('pem')}\n`, privateKeyPem: await privateKeyPem(keys.privateKey), expiresAtMs };
    },
    vouchFor: async (other) => {
      const subject = new X509Certificate(other.certificatePem);
      const cross = await X509CertificateGenerator.create({
        serialNumber: newSerial(), subject: subject.subject, issuer: certificate.subject, publicKey: subject.publicKey, signingKey, signingAlgorithm,
        notBefore: subject.notBefore, notAfter: new Date(Math.min(subject.notAfter.getTime(), certificate.notAfter.getTime())),
        extensions: [
          new BasicConstraintsExtension(true, undefined, true),
          new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign | KeyUsageFlags.digitalSignature, true),
          new SubjectKeyIdentifierExtension(await keyIdentifierOf(subject)),
          new AuthorityKeyIdentifierExtension(await keyIdentifierOf(certificate)),
        ],
      });
      return `${cross.toString('pem')}\n`;
    },
  };
}

async function leafExtensions(commonName: string, publicKey: webcrypto.CryptoKey, issuer: X509Certificate): Promise<Extension[]> {
  const usages = KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment | KeyUsageFlags.dataEncipherment | KeyUsageFlags.keyAgreement;
  return [
    new BasicConstraintsExtension(false, undefined, true),
    new SubjectAlternativeNameExtension([{ type: 'dns', value: commonName }]),
    new KeyUsagesExtension(usages, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth], true),
    await SubjectKeyIdentifierExtension.create(publicKey),
    new AuthorityKeyIdentifierExtension(await keyIdentifierOf(issuer)),
  ];
}

/** The issuer's own identifier where it has one: whatever method it was made with, ours must repeat it. */
async function keyIdentifierOf(issuer: X509Certificate): Promise<string> {
  const own = issuer.getExtension(SubjectKeyIdentifierExtension);
  if (own !== null) return own.keyId;
  const publicKey: PublicKey = issuer.publicKey;
  return Buffer.from(await publicKey.getKeyIdentifier()).toString('hex');
}

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  return `-----BEGIN PRIVATE KEY-----\n${der.toString('base64').replace(/.{64}(?=.)/g, '$&\n')}\n-----END PRIVATE KEY-----\n`;
}

/** A positive 127-bit number. */
function newSerial(): string {
  const bytes = webcrypto.getRandomValues(Buffer.alloc(16));
  bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x40, 0);
  return bytes.toString('hex');
}
