import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';

/** An ECDSA key that ssh reads (`privatePem`) and its line for authorized_keys. */
export function createSshKey(comment: string): { readonly privatePem: string; readonly publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { privatePem: privateKey.export({ type: 'sec1', format: 'pem' }).toString(), publicKey: lineOf(publicKey, comment) };
}

/** The line for authorized_keys of a private key that `createSshKey` made. Throws when it is another kind of key, or none. */
export function sshPublicKey(privatePem: string, comment: string): string {
  const key = createPublicKey(privatePem);
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new TypeError('it is no ECDSA key on the curve P-256');
  return lineOf(key, comment);
}

function lineOf(publicKey: KeyObject, comment: string): string {
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  const blob = Buffer.concat(['ecdsa-sha2-nistp256', 'nistp256', point].map(withLength));
  return `ecdsa-sha2-nistp256 ${blob.toString('base64')} ${comment}`;
}

/** RFC 4251 `string`. */
function withLength(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
