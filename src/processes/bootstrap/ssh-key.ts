import { generateKeyPairSync } from 'node:crypto';

/** An ECDSA key that ssh reads (`privatePem`) and its line for authorized_keys. */
export function createSshKey(comment: string): { readonly privatePem: string; readonly publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  const blob = Buffer.concat(['ecdsa-sha2-nistp256', 'nistp256', point].map(withLength));
  return { privatePem: privateKey.export({ type: 'sec1', format: 'pem' }).toString(), publicKey: `ecdsa-sha2-nistp256 ${blob.toString('base64')} ${comment}` };
}

/** RFC 4251 `string`. */
function withLength(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
