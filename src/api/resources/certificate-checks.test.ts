import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { beforeAll, expect, test } from 'vitest';
import { createNoopCertManager } from '../../drivers/certs/noop-cert-manager.ts';
import { DriverFailure } from '../../drivers/errors.ts';
import { readPkcs12 } from '../../drivers/certs/pkcs12.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { requireCaAndCrl, requireCertificates } from './certificate-checks.ts';

const secrets = new Map<string, string>();

/** Two authorities `a` and `b`, each with a certificate and a revocation list. */
beforeAll(async () => {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
  for (const name of ['a', 'b']) {
    const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const ca = await x509.X509CertificateGenerator.createSelfSigned({ name: `CN=${name}`, keys, signingAlgorithm: algorithm });
    const crl = await x509.X509CrlGenerator.create({ issuer: `CN=${name}`, signingKey: keys.privateKey, signingAlgorithm: algorithm });
    secrets.set(`${name}.pem`, ca.toString('pem')).set(`${name}.crl`, crl.toString('pem'));
  }
  secrets.set('junk', 'junk');
});

const deps = {
  log: createLogger({ level: 'error' }),
  certManager: {
    ...createNoopCertManager(),
    getSecret: async (ref: string) => {
      const secret = secrets.get(ref);
      if (secret === undefined) throw new Error('no such secret');
      return secret;
    },
  },
};

test.each([
  ['a.pem', null, ''], ['a.pem', '', ''], ['a.pem', 'a.crl', ''],
  ['a.pem', 'b.crl', 'The CRL specified is not valid for client certificate authority reference supplied.'],
  ['junk', null, 'The client authentication CA certificate is invalid.'],
  ['a.pem', 'junk', 'The client authentication certificate revocation list is invalid.'],
  ['gone', 'lost', "Could not retrieve certificate: ['gone', 'lost']"],
])('CA %s with list %s: %s', async (ca, crl, reason) => {
  const outcome = await requireCaAndCrl(deps, 'project', ca, crl).then(() => '', (error: Error) => error.message);
  expect(outcome).toContain(reason);
  expect(outcome === '').toBe(reason === '');
});

test('a bundle that is none is named with its reason, one that cannot be had with its reference', async () => {
  const getBundle = async (ref: string) => {
    if (ref === 'gone') throw new DriverFailure('Barbican', 'read secret', 'it was not found.');
    try {
      return readPkcs12(Buffer.from('junk')) as never;
    } catch (error) {
      throw new DriverFailure('Barbican', 'read secret', 'Secret x', { cause: error });
    }
  };
  const check = (refs: string[]) => requireCertificates({ ...deps, certManager: { ...deps.certManager, getBundle } }, null, refs);
  await expect(check(['gone', 'gone'])).rejects.toThrow("Could not retrieve certificate: ['gone', 'gone']");
  await expect(check(['gone', 'junk'])).rejects.toMatchObject({
    status: 400, message: expect.stringMatching(/^The PKCS12 bundle is unreadable\. Please check the PKCS12 bundle validity\. In addition, make sure it does not require a pass phrase\. Error: \S/) as string,
  });
});
