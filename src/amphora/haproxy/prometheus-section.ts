import type { HaproxyConfigWriter } from './config-writer.ts';
import { hasVersion } from './render-context.ts';
import type { RenderContext } from './render-context.ts';
import { haproxyListeners } from './served-objects.ts';

/** Backend that PROMETHEUS listeners use; the heartbeat leaves names with "prometheus" out of its reports. */
export const PROMETHEUS_BACKEND = 'prometheus-exporter-internal';

/** Does this amphora serve metrics to its user? */
export function servesPrometheus(context: RenderContext): boolean {
  return hasVersion(context.facts, 2, 0) && haproxyListeners(context.graph).some((listener) => listener.protocol === 'PROMETHEUS');
}

/** haproxy's own exporter on 9101, read by the translator that listens on 9102 and speaks Octavia's metric names. */
export function writePrometheus(writer: HaproxyConfigWriter, context: RenderContext): void {
  if (!servesPrometheus(context)) return;
  const frontend = writer.section('frontend', 'prometheus-exporter-internal-endpoint');
  frontend.add('bind', '127.0.0.1:9101');
  frontend.add('mode', 'http');
  frontend.add('no', 'log');
  frontend.add('http-request', 'use-service', 'prometheus-exporter', 'if', '{', 'path', '/metrics', '}');
  frontend.add('http-request', 'reject');
  frontend.add('timeout', 'http-request', '5s');
  frontend.add('timeout', 'client', '5s');
  const backend = writer.section('backend', PROMETHEUS_BACKEND);
  backend.add('mode', 'http');
  backend.add('no', 'log');
  backend.add('balance', 'first');
  backend.add('timeout', 'connect', '5s');
  backend.add('timeout', 'server', '5s');
  backend.add('server', 'prometheus-internal', '127.0.0.1:9102');
}
