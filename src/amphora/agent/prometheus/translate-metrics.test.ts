import { expect, test } from 'vitest';
import { METRIC_RENAMES } from './metric-names.ts';
import { translateMetrics } from './translate-metrics.ts';

const load = { cpuPercent: 12.34, memoryPercent: 50 };
const samplesOf = (text: string): string[] => translateMetrics(text, load).split('\n').slice(6).filter(Boolean);

test.each([
  ['a process metric', 'haproxy_process_requests_total 42', 'octavia_loadbalancer_requests_total 42'],
  ['memory pools', 'haproxy_process_pool_used_bytes 7', 'octavia_memory_pool_used_bytes 7'],
  ['a listener', 'haproxy_frontend_status{proxy="l1",state="UP"} 1', 'octavia_listener_status{listener="l1",state="UP"} 1'],
  ['a pool', 'haproxy_backend_http_responses_total{proxy="p1:l1",code="2xx"} 3', 'octavia_pool_http_responses_total{pool="p1:l1",code="2xx"} 3'],
  ['members of a pool', 'haproxy_backend_active_servers{proxy="p1:l1"} 2', 'octavia_pool_active_members{pool="p1:l1"} 2'],
  ['aborts by members', 'haproxy_backend_server_aborts_total{proxy="p1:l1"} 2', 'octavia_pool_member_aborts_total{pool="p1:l1"} 2'],
  ['a member', 'haproxy_server_weight{proxy="p1:l1",server="m1"} 5', 'octavia_member_weight{pool="p1:l1",member="m1"} 5'],
  ['a type', '# TYPE haproxy_server_weight gauge', '# TYPE octavia_member_weight gauge'],
  ['a help text', "# HELP haproxy_backend_active_servers Number of the backend's UP servers", "# HELP octavia_pool_active_members Number of the pool's UP members"],
])('%s gets its name', (_what, theirs, ours) => {
  expect(samplesOf(theirs)).toEqual([ours]);
});

test.each(['haproxy_process_uptime_seconds 5', 'haproxy_server_uweight{proxy="p1:l1",server="m1"} 5', '# TYPE haproxy_server_uweight gauge', 'haproxy_frontend_status{proxy="prometheus-exporter-internal-endpoint",state="UP"} 1', ''])(
  'what has no name for users is left out: %s', (line) => {
    expect(samplesOf(line)).toEqual([]);
  });

test('the load of the amphora comes first', () => {
  expect(translateMetrics('', load).split('\n').filter((line) => !line.startsWith('#'))).toEqual(['octavia_loadbalancer_cpu 12.3', 'octavia_loadbalancer_memory 50.0', '']);
});

test('every name is given once', () => {
  const names = [...METRIC_RENAMES.values()].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
