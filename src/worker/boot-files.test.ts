import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseAgentConfig } from '../amphora/agent/agent-config.ts';
import { loadConfig } from '../config/load-config.ts';
import type { ConfigOverrides } from '../config/config.ts';
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

test('logs go to the first target and to the next only while that is away', () => {
  const conf = files({ amphora_agent: { tenant_log_targets: ['192.0.2.5:514', '[2001:db8::5]:1514'], admin_log_targets: ['192.0.2.6:514'], log_protocol: 'TCP', disable_local_log_storage: true } });
  const lines = conf['/etc/rsyslog.d/10-rsyslog.conf']!.trimEnd().split('\n');
  expect(lines).toHaveLength(4);
  expect(lines[0]).toMatch(/^local0\.=info action\(type="omfwd" target="192\.0\.2\.5" port="514" protocol="tcp" action\.resumeRetryCount="5"/);
  expect(lines[1]).toMatch(/^& action\(.*target="2001:db8::5" port="1514".*execOnlyWhenPreviousIsSuspended="on"/);
  expect(lines[2]).toMatch(/^local1\.\* action\(/);
  expect(lines[3]).toBe('*.* stop');
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
