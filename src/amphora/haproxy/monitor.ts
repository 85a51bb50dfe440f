import type { HealthMonitor, Member, Pool } from '../../model/graph.ts';
import { addressAlone, HaproxyTextRejected, integer, logFormatLiteral } from './config-writer.ts';
import type { ConfigSection } from './config-writer.ts';
import { expandExpectedCodes } from './expected-codes.ts';
import { hasVersion } from './render-context.ts';
import type { RenderContext } from './render-context.ts';
import { servedMonitor } from './served-objects.ts';

/** Health check settings of a backend. */
export function addMonitor(section: ConfigSection, context: RenderContext, pool: Pool): void {
  const monitor = servedMonitor(pool);
  if (!monitor) return;
  if (hasVersion(context.facts, 1, 6)) section.add('load-server-state-from-file', 'global');
  section.add('timeout', 'check', `${seconds(monitor.timeoutSeconds)}s`);
  switch (monitor.type) {
    case 'HTTP':
    case 'HTTPS':
      addHttpCheck(section, context, monitor);
      return;
    case 'PING':
      section.add('option', 'external-check');
      section.add('external-check', 'command', pingWrapperPath(context));
      return;
    // A bare `check` connects; on TLS servers it shakes hands. UDP and SCTP monitors never reach haproxy.
    case 'TCP':
    case 'TLS-HELLO':
    case 'UDP-CONNECT':
    case 'SCTP':
      return;
    default:
      monitor.type satisfies never;
  }
}

/** Health check words of a server line, or none. */
export function checkWords(context: RenderContext, pool: Pool, member: Member): readonly (string | number)[] {
  const monitor = servedMonitor(pool);
  if (!monitor) return [];
  return [
    'check',
    ...(monitor.type === 'HTTPS' ? ['check-ssl', 'verify', 'none'] : []),
    ...(pool.tlsEnabled && pool.alpnProtocols.length > 0 && hasVersion(context.facts, 1, 9) ? ['check-alpn', pool.alpnProtocols.join(',')] : []),
    // The API takes a delay of 0, haproxy does not.
    'inter', `${Math.max(1, seconds(monitor.delaySeconds))}s`,
    'fall', integer(monitor.fallThreshold, 1, 1000),
    'rise', integer(monitor.riseThreshold, 1, 1000),
    ...(member.monitorAddress ? ['addr', addressAlone(member.monitorAddress)] : []),
    ...(member.monitorPort ? ['port', integer(member.monitorPort, 1, 65_535)] : []),
  ];
}

function addHttpCheck(section: ConfigSection, context: RenderContext, monitor: HealthMonitor): void {
  const version = monitor.httpVersion === null ? null : `HTTP/${httpVersion(monitor.httpVersion)}`;
  const host = monitor.httpVersion === 1.1 ? monitor.domainName : null;
  const request = ['option', 'httpchk', monitor.httpMethod ?? 'GET', monitor.urlPath ?? '/'];
  if (version === null) {
    section.add(...request);
  } else if (!host) {
    section.add(...request, version);
  } else if (hasVersion(context.facts, 2, 2)) {
    section.add(...request, version);
    section.add('http-check', 'send', 'hdr', 'Host', logFormatLiteral(host));
  } else {
    // Before 2.2 the only place for a header is behind the version.
    section.addLines(request, [version, `Host: ${host}`]);
  }
  section.add('http-check', 'expect', 'rstatus', expandExpectedCodes(monitor.expectedCodes ?? '200').join('|'));
}

/** The PING check's script; the image puts it under the base path. */
function pingWrapperPath(context: RenderContext): string {
  return `${context.facts.isOurs ? context.options.basePath : '/var/lib/octavia'}/ping-wrapper.sh`;
}

function httpVersion(version: number): string {
  if (version !== 1 && version !== 1.1) throw new HaproxyTextRejected('HTTP checks speak 1.0 or 1.1', String(version));
  return version.toFixed(1);
}

/** haproxy counts 31 bits of milliseconds; the API takes as many seconds. */
const LONGEST_SECONDS = 2_147_483;

function seconds(value: number): number {
  return integer(Math.min(value, LONGEST_SECONDS), 0, LONGEST_SECONDS);
}
