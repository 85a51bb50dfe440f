import type { ListenerProtocol } from '../enums.ts';
import { invalidOption } from '../violation.ts';

const HTTP_HEADERS: ReadonlySet<string> = new Set(['X-Forwarded-For', 'X-Forwarded-Port', 'X-Forwarded-Proto', 'X-Forwarded-IP', 'X-Client-IP', 'X-Real-IP']);
const TLS_HEADERS: ReadonlySet<string> = new Set([
  'X-SSL-Client-Verify', 'X-SSL-Client-Has-Cert', 'X-SSL-Client-DN', 'X-SSL-Client-CN', 'X-SSL-Issuer', 'X-SSL-Client-SHA1', 'X-SSL-Client-Not-Before', 'X-SSL-Client-Not-After',
]);

/** Only listed names, only on HTTP, those about the client certificate only where TLS ends here. */
export function checkInsertHeaders(headers: Readonly<Record<string, string>> | null | undefined, protocol: ListenerProtocol): void {
  const names = Object.keys(headers ?? {});
  if (names.length === 0) return;
  if (protocol !== 'HTTP' && protocol !== 'TERMINATED_HTTPS') throw invalidOption('insert-headers', `a ${protocol} protocol listener.`);
  if (names.some((name) => !HTTP_HEADERS.has(name) && !TLS_HEADERS.has(name))) throw invalidOption(listText(names), 'insert_headers');
  const tlsNames = names.filter((name) => TLS_HEADERS.has(name));
  if (protocol !== 'TERMINATED_HTTPS' && tlsNames.length > 0) throw invalidOption(listText(tlsNames), `${protocol} protocol listener.`);
}

const listText = (names: readonly string[]) => `[${names.map((name) => `'${name}'`).join(', ')}]`;
