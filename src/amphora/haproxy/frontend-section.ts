import type { Listener, LoadBalancerGraph } from '../../model/graph.ts';
import { addressAndPort, integer } from './config-writer.ts';
import type { ConfigSection, HaproxyConfigWriter } from './config-writer.ts';
import { listenerConnectionLimit } from './connection-limits.ts';
import { writePoolSwitches, writeRedirects, writeRejects } from './l7-policy.ts';
import { listenerLogFormat } from './log-format.ts';
import { PROMETHEUS_BACKEND, servesPrometheus } from './prometheus-section.ts';
import { backendName } from './render-context.ts';
import type { RenderContext } from './render-context.ts';
import type { ServedListener } from './served-objects.ts';
import { bindTlsWords } from './tls-bind.ts';

/** `http` or `tcp`, as haproxy handles a listener's connections. */
export function listenerMode(listener: Listener): 'http' | 'tcp' {
  return listener.protocol === 'TCP' || listener.protocol === 'HTTPS' ? 'tcp' : 'http';
}

/** One listener. */
export function writeFrontend(writer: HaproxyConfigWriter, context: RenderContext, served: ServedListener): void {
  const { listener } = served;
  const { options, graph, facts } = context;
  const section = writer.section('frontend', listener.id);
  section.add('maxconn', listenerConnectionLimit(listener, options.defaultConnectionLimit));
  const tls = bindTlsWords(context, listener);
  for (const address of vipAddresses(graph)) section.add('bind', addressAndPort(address, listener.protocolPort), ...tls);
  section.add('mode', listenerMode(listener));
  // A reload then waits for the client's next request before it closes a kept-alive connection: no failed request.
  if (facts.isOurs && listenerMode(listener) === 'http') section.add('option', 'idle-close-on-response');
  addHttpRules(section, served, tls.length > 0);
  addBackends(section, context, served);
  section.add('timeout', 'client', milliseconds(listener.timeoutClientDataMs || options.timeoutClientDataMs));
  if (listener.timeoutTcpInspectMs > 0) section.add('tcp-request', 'inspect-delay', milliseconds(listener.timeoutTcpInspectMs));
  if (options.connectionLogging) {
    const ids = { projectId: graph.projectId ?? '', loadBalancerId: graph.id };
    section.add('log-format', listenerLogFormat(options.userLogFormat, ids, listener.protocol));
  }
}

/** Primary VIP first, then the additional ones. */
export function vipAddresses(graph: LoadBalancerGraph): readonly string[] {
  return [graph.vip.ipAddress, ...graph.additionalVips.map((vip) => vip.ipAddress)].filter((address) => address !== null);
}

/** Milliseconds as haproxy reads a bare number. */
export function milliseconds(value: number): number {
  return integer(value, 0, 0x7fff_ffff);
}

function addHttpRules(section: ConfigSection, served: ServedListener, endsTls: boolean): void {
  writeRejects(section, served.policies);
  if (served.listener.protocol === 'TERMINATED_HTTPS' && endsTls) section.add('redirect', 'scheme', 'https', 'if', '!{', 'ssl_fc', '}');
  writeRedirects(section, served.policies);
  const hsts = hstsValue(served.listener);
  if (hsts !== null) section.add('http-response', 'set-header', 'Strict-Transport-Security', hsts);
}

function addBackends(section: ConfigSection, context: RenderContext, served: ServedListener): void {
  writePoolSwitches(section, served.policies);
  if (served.listener.protocol === 'PROMETHEUS') {
    if (servesPrometheus(context)) section.add('default_backend', PROMETHEUS_BACKEND);
    return;
  }
  if (served.defaultPool) section.add('default_backend', backendName(served.defaultPool.id, served.listener.id));
}

function hstsValue(listener: Listener): string | null {
  if (listener.protocol !== 'TERMINATED_HTTPS' || listener.hstsMaxAge === null) return null;
  const maxAge = integer(listener.hstsMaxAge, 0, Number.MAX_SAFE_INTEGER);
  return `max-age=${maxAge};${listener.hstsIncludeSubdomains ? ' includeSubDomains;' : ''}${listener.hstsPreload ? ' preload;' : ''}`;
}
