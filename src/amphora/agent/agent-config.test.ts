import { expect, test } from 'vitest';
import { parseAgentConfig, renderAgentConfig } from './agent-config.ts';

const INI = `
[DEFAULT]
debug = False
use_syslog = True
syslog_log_facility = LOG_LOCAL1

[haproxy_amphora]
base_cert_dir = /var/lib/octavia/certs
base_path = /var/lib/octavia
bind_host = ::
bind_port = 9443
haproxy_cmd = /usr/sbin/haproxy
user_log_facility = 0
administrative_log_facility = 1

[health_manager]
controller_ip_port_list = 192.0.2.5:5555, [2001:db8::5]:5556
heartbeat_interval = 3
heartbeat_key = a=b:c

[amphora_agent]
agent_server_ca = /etc/octavia/certs/client_ca.pem
agent_server_cert = /etc/octavia/certs/server.pem
agent_request_read_timeout = 180
amphora_id = 8d4a8f2e-0c56-4f0e-9f0f-2a5d1c3b7e90
amphora_udp_driver = keepalived_lvs
agent_tls_protocol = TLSv1.2

[controller_worker]
loadbalancer_topology = ACTIVE_STANDBY
`;

test('the file of the original is read', () => {
  const config = parseAgentConfig(INI);
  expect(config).toMatchObject({
    amphoraId: '8d4a8f2e-0c56-4f0e-9f0f-2a5d1c3b7e90', topology: 'ACTIVE_STANDBY', heartbeatIntervalSeconds: 3, heartbeatKey: 'a=b:c',
    networkDir: '/etc/octavia/interfaces', tlsProtocol: 'TLSv1.2',
    controllers: [{ host: '192.0.2.5', port: 5555 }, { host: '2001:db8::5', port: 5556 }],
  });
});

test('what is rendered reads back the same', () => {
  const config = parseAgentConfig(INI);
  expect(parseAgentConfig(renderAgentConfig(config))).toEqual(config);
});

test.each([['[haproxy_amphora]\nbind_port = x'], ['[health_manager]\ncontroller_ip_port_list = nowhere'], ['[amphora_agent]\nagent_tls_protocol = SSLv3']])('%j is refused', (ini) => {
  expect(() => parseAgentConfig(ini)).toThrow(expect.objectContaining({ code: 'invalid-agent-config' }));
});
