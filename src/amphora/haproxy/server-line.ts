import { createHash } from 'node:crypto';
import type { Listener, Member, Pool } from '../../model/graph.ts';
import { addressAndPort, HaproxyTextRejected, integer } from './config-writer.ts';
import type { ConfigSection } from './config-writer.ts';
import { checkWords } from './monitor.ts';
import type { RenderContext } from './render-context.ts';
import { hasVersion } from './render-context.ts';
import { servedMembers } from './served-objects.ts';
import { canTerminateTls } from './tls-bind.ts';
import { certificateDirectory } from './tls-files.ts';
import { negotiationWords } from './tls-options.ts';

/** One member; words in the original's order. */
export function addServer(section: ConfigSection, context: RenderContext, where: { listener: Listener; pool: Pool; member: Member }): void {
  const { listener, pool, member } = where;
  section.add(
    'server', member.id, addressAndPort(member.ipAddress, member.protocolPort),
    'weight', integer(member.weight, 0, 256),
    ...checkWords(context, pool, member),
    ...(pool.sessionPersistence?.type === 'HTTP_COOKIE' ? ['cookie', member.id] : []),
    ...proxyProtocolWords(listener, pool),
    ...(member.backup ? ['backup'] : []),
    ...(member.enabled ? [] : ['disabled']),
    ...tlsWords(context, pool),
    ...(context.facts.isOurs ? ownWords(pool, member) : []),
  );
}

/** Idle connections go within a second or two: before members, most of which wait five or more, would close them. */
function ownWords(pool: Pool, member: Member): readonly (string | number)[] {
  return ['pool-purge-delay', '1s', ...(pool.lbAlgorithm === 'SOURCE_IP' ? ['id', serverNumber(pool, member)] : [])];
}

/**
 * Consistent hashing places servers by their number, which haproxy hands out in the order of the file. A number that
 * follows from the member's id keeps each client on its member over reloads, runtime changes and takeovers.
 */
function serverNumber(pool: Pool, member: Member): number {
  const taken = new Set<number>();
  for (const id of servedMembers(pool).map((served) => served.id).toSorted()) {
    let number = 1 + (Number.parseInt(createHash('sha1').update(id).digest('hex').slice(0, 8), 16) % 0x7fff_fffe);
    while (taken.has(number)) number += 1;
    if (id === member.id) return number;
    taken.add(number);
  }
  throw new HaproxyTextRejected('not a member of its pool', member.id);
}

function proxyProtocolWords(listener: Listener, pool: Pool): readonly string[] {
  if (pool.protocol === 'PROXY') return ['send-proxy'];
  if (pool.protocol === 'PROXYV2') return [canTerminateTls(listener) ? 'send-proxy-v2-ssl-cn' : 'send-proxy-v2'];
  return [];
}

/** Re-encryption towards the member. */
function tlsWords(context: RenderContext, pool: Pool): readonly string[] {
  if (!pool.tlsEnabled) return [];
  const directory = certificateDirectory(context.options.baseCertDir, context.graph.id);
  const files = context.tls.pools[pool.id] ?? {};
  // The original leaves `verify` out with a CA but no CRL, which means required as well (contracts section 23.4).
  const trust = files.ca === undefined
    ? ['verify', 'none']
    : ['ca-file', `${directory}/${files.ca}`, ...(files.crl === undefined ? [] : ['crl-file', `${directory}/${files.crl}`]), 'verify', 'required'];
  const alpnProtocols = hasVersion(context.facts, 1, 9) ? pool.alpnProtocols : [];
  return [
    'ssl',
    ...(files.clientCertificate === undefined ? [] : ['crt', `${directory}/${files.clientCertificate}`]),
    ...trust,
    'sni', 'ssl_fc_sni',
    ...negotiationWords({ tlsCiphers: pool.tlsCiphers, tlsVersions: pool.tlsVersions, alpnProtocols }, context.options.defaultPoolCiphers),
  ];
}
