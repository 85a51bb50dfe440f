import type { Listener, Pool } from '../../model/graph.ts';
import type { ConfigSection } from './config-writer.ts';

const CLIENT_CERTIFICATE_HEADERS: readonly (readonly [string, string])[] = [
  ['X-SSL-Client-Verify', '%[ssl_c_verify]'],
  ['X-SSL-Client-Has-Cert', '%[ssl_c_used]'],
  ['X-SSL-Client-DN', '%{+Q}[ssl_c_s_dn]'],
  ['X-SSL-Client-CN', '%{+Q}[ssl_c_s_dn(cn)]'],
  ['X-SSL-Issuer', '%{+Q}[ssl_c_i_dn]'],
  ['X-SSL-Client-SHA1', '%{+Q}[ssl_c_sha1,hex]'],
  ['X-SSL-Client-Not-Before', '%{+Q}[ssl_c_notbefore]'],
  ['X-SSL-Client-Not-After', '%{+Q}[ssl_c_notafter]'],
];

/** Headers that the listener asks to add to requests. Address and port only towards HTTP pools, as in the original. */
export function addInsertHeaders(section: ConfigSection, listener: Listener, pool: Pool): void {
  const wants = (name: string): boolean => listener.insertHeaders[name]?.toLowerCase() === 'true';
  if (pool.protocol === 'HTTP') {
    if (wants('X-Forwarded-For')) section.add('option', 'forwardfor');
    if (wants('X-Forwarded-Port')) section.add('http-request', 'set-header', 'X-Forwarded-Port', '%[dst_port]');
  }
  const scheme = listener.protocol === 'HTTP' ? 'http' : listener.protocol === 'TERMINATED_HTTPS' ? 'https' : null;
  if (scheme !== null && wants('X-Forwarded-Proto')) section.add('http-request', 'set-header', 'X-Forwarded-Proto', scheme);
  if (listener.protocol !== 'TERMINATED_HTTPS') return;
  for (const [name, format] of CLIENT_CERTIFICATE_HEADERS) {
    if (wants(name)) section.add('http-request', 'set-header', name, format);
  }
}
