import { createHash } from 'node:crypto';

/**
 * Name of an amphora in a HAProxy `peers` section and after `-L`: SHA-1 of the id's text in base64, `+` to `_` and `/` to `-`
 * (the reverse of the usual URL-safe order), a leading `-` replaced by `x`, no padding.
 */
export function peerName(amphoraId: string): string {
  return createHash('sha1').update(amphoraId).digest('base64')
    .replaceAll('+', '_').replaceAll('/', '-').replace(/^-/, 'x').replace(/=+$/, '');
}
