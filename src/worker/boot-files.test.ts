import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseAgentConfig } from '../amphora/agent/agent-config.ts';
import { parseLogRules } from '../amphora/agent/logs/log-rules.ts';
import { localPriority, SEVERITY } from '../amphora/agent/logs/syslog-selector.ts';
import { loadConfig } from '../config/load-config.ts';
import type { ConfigOverrides } from '../config/config.ts';
import { run } from '../lib/run.ts';
import { renderBootFiles } from './boot-files.ts';
import { settingsFrom } from './settings.ts';

const AMPHORA = '8d4a8f2e-0c56-4f0e-9f0f-2a5d1c3b7e90';
const files = (overrides: ConfigOverrides) =>
  renderBootFiles(AMPHORA, 'ACTIVE_STANDBY', 'certificate\nkey\n', { ...settingsFrom(loadConfig({ overrides })).boot, clientCaPem: 'client ca\n' });

test('an agent reads from its file what the controller was told', () => {
  const conf = files({
    health_manager: { heartbeat_key: 'insecure', controller_ip_port_list: ['192.0.2.1:5555', '[2001:db8::1]:5555'], heartbeat_interval: 3 },
    amphora_agent: { agent_tls_protocol: 'TLSv1.3' },
  });
  expect(parseAgentConfig(conf['/etc/octavia/amphora-agent.conf']!)).toMatchObject({
    amphoraId: AMPHORA, topology: 'ACTIVE_STANDBY', heartbeatKey: 'insecure', heartbeatIntervalSeconds: 3, tlsProtocol: 'TLSv1.3', bindPort: 9443,
    controllers: [{ host: '192.0.2.1', port: 5555 }, { host: '2001:db8::1', port: 5555 }], basePath: '/var/lib/octavia',
  });
  expect(conf['/etc/octavia/amphora-agent.conf']).toContain('controller_ip_port_list = 192.0.2.1:5555, [2001:db8::1]:5555\n');
});

test('the certificates are where the original\'s agent looks', () => {
  expect(files({})).toMatchObject({ '/etc/octavia/certs/client_ca.pem': 'client ca\n', '/etc/octavia/certs/server.pem': 'certificate\nkey\n' });
});

const TARGETS = { tenant_log_targets: ['192.0.2.5:514', '[2001:db8::5]:1514'], admin_log_targets: ['192.0.2.6:514'], log_protocol: 'TCP', disable_local_log_storage: true } as const;
const loggingOf = (options: ConfigOverrides['amphora_agent']): string => files({ amphora_agent: options ?? {} })['/etc/rsyslog.d/10-rsyslog.conf']!;

test('logs go to the first target and to the next only while that is away', () => {
  expect(loggingOf({ ...TARGETS, log_queue_size: 77 }).trimEnd().split('\n')).toEqual([
    'ruleset(name="tenant_forwarding" queue.type="linkedList" queue.size="77") {',
    '  action(type="omfwd" target="192.0.2.5" port="514" protocol="tcp" action.resumeRetryCount="5" action.resumeInterval="2")',
    '  action(type="omfwd" target="2001:db8::5" port="1514" protocol="tcp" action.resumeRetryCount="5" action.resumeInterval="2" action.execOnlyWhenPreviousIsSuspended="on")',
    '}',
    'local0.=info call tenant_forwarding',
    'ruleset(name="admin_forwarding" queue.type="linkedList" queue.size="77") {',
    '  action(type="omfwd" target="192.0.2.6" port="514" protocol="tcp" action.resumeRetryCount="5" action.resumeInterval="2")',
    '}',
    'local1.* call admin_forwarding',
    '*.* stop',
  ]);
});

test('our agent reads them as they are meant', () => {
  const { rules, keepsFiles, ignored } = parseLogRules(loggingOf({ ...TARGETS, log_queue_size: 77 }));
  expect({ keepsFiles, ignored }).toEqual({ keepsFiles: false, ignored: [] });
  expect(rules).toMatchObject([
    { queueSize: 77, retryCount: 5, retryIntervalMs: 2000, servers: [{ host: '192.0.2.5', port: 514, protocol: 'tcp' }, { host: '2001:db8::5', port: 1514 }] }, { queueSize: 77, servers: [{ host: '192.0.2.6' }] },
  ]);
  expect(rules.map(({ selects }) => [selects(localPriority(0, SEVERITY.info)), selects(localPriority(1, SEVERITY.error))])).toEqual([[true, false], [false, true]]);
});

test.skipIf(!existsSync('/usr/sbin/rsyslogd'))('rsyslog takes them', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'octavia-rsyslog-'));
  writeFileSync(join(directory, 'rsyslog.conf'), loggingOf({ ...TARGETS, forward_all_logs: true }));
  await run('rsyslogd', ['-N1', '-f', join(directory, 'rsyslog.conf')], { env: { PATH: '/usr/sbin:/usr/bin' } });
  rmSync(directory, { recursive: true });
});

test('no targets, no forwarding', () => {
  expect(files({})['/etc/rsyslog.d/10-rsyslog.conf']).toBe('');
});

test('a value with a line break cannot add settings of its own', () => {
  expect(() => files({ health_manager: { heartbeat_key: 'a\n[DEFAULT]' } })).toThrow('heartbeat_key must be one line.');
});

test('the operator\'s own template decides over the logging configuration', () => {
  const directory = mkdtempSync(join(tmpdir(), 'octavia-logging-'));
  writeFileSync(join(directory, '10-rsyslog.conf.template'), '{%- for host in tenant_log_hosts -%}\nlocal{{ user_log_facility }}.* @{% if protocol == "TCP" %}@{% endif %}{{ host.host }}:{{ host.port }}\n{% endfor %}');
  const conf = files({ amphora_agent: { logging_template_override: `${directory}/`, tenant_log_targets: ['192.0.2.5:514'], log_protocol: 'TCP' } });
  expect(conf['/etc/rsyslog.d/10-rsyslog.conf']).toBe('local0.* @@192.0.2.5:514\n');
  rmSync(directory, { recursive: true });
  expect(() => files({ amphora_agent: { logging_template_override: `${directory}/` } })).toThrow(/logging_template_override: .*10-rsyslog.conf.template cannot be rendered/);
});
