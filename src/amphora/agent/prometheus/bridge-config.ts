import type { AmphoraPaths } from '../amphora-paths.ts';

/**
 * haproxy's part of the translation. The agent lives outside the amphora's network namespace, haproxy inside: it carries
 * requests for the translator (127.0.0.1:9102 in every Octavia configuration) to the agent's socket, and offers the agent
 * its own metrics on another. Names hold `prometheus-exporter`, which keeps them out of heartbeats and metrics.
 */
export function renderMetricsBridge(paths: Pick<AmphoraPaths, 'rawMetricsSocket' | 'translatorSocket'>, loadBalancerId: string): string {
  return [
    'frontend prometheus-exporter-agent-metrics',
    `    bind unix@${paths.rawMetricsSocket(loadBalancerId)} mode 0600`,
    '    mode http',
    '    no log',
    '    timeout http-request 5s',
    '    timeout client 5s',
    '    http-request use-service prometheus-exporter',
    '',
    'frontend prometheus-exporter-agent-translator',
    '    bind 127.0.0.1:9102',
    '    mode http',
    '    no log',
    '    timeout http-request 5s',
    '    timeout client 5s',
    '    default_backend prometheus-exporter-agent',
    '',
    'backend prometheus-exporter-agent',
    '    mode http',
    '    no log',
    '    timeout connect 5s',
    '    timeout server 5s',
    `    server prometheus-exporter-agent unix@${paths.translatorSocket(loadBalancerId)}`,
    '',
  ].join('\n');
}
