import { TLS_VERSIONS } from '../../model/enums.ts';
import { bool, choice, int, list, str } from './option.ts';

/** [amphora_agent]: the agent inside an amphora and its logs. */
export const amphoraAgentOptions = {
  agent_server_ca: str('/etc/octavia/certs/client_ca.pem', 'CA that signed the controllers\' client certificates.'),
  agent_server_cert: str('/etc/octavia/certs/server.pem', 'Certificate and key of the agent\'s own server.'),
  agent_server_network_dir: str(null, 'Directory for network interface files.'),
  agent_request_read_timeout: int(180, 'Seconds a request of the controller may take.'),
  agent_tls_protocol: choice(TLS_VERSIONS, 'TLSv1.2', 'Oldest TLS version between controller and agent.'),
  admin_log_targets: list(null, 'Log servers for the amphora\'s own logs, as address:port; the first one that answers is used.'),
  tenant_log_targets: list(null, 'Log servers for traffic logs, as address:port; the first one that answers is used.'),
  user_log_facility: int(0, 'LOG_LOCAL facility of traffic logs.', { min: 0, max: 7 }),
  administrative_log_facility: int(1, 'LOG_LOCAL facility of the amphora\'s own logs.', { min: 0, max: 7 }),
  log_protocol: choice(['TCP', 'UDP'], 'UDP', 'Transport to the log servers.'),
  log_retry_count: int(5, 'Attempts to reach a log server.'),
  log_retry_interval: int(2, 'Seconds between attempts to reach a log server.'),
  log_queue_size: int(10000, 'Log messages that wait for a log server.'),
  logging_template_override: str(null, 'Own template of the logging configuration.'),
  forward_all_logs: bool(false, 'Send every system log of the amphora to the administrative target.'),
  disable_local_log_storage: bool(false, 'Keep no log files in the amphora.'),
  amphora_id: str(null, 'Set by the controller at boot.'),
  amphora_udp_driver: str('keepalived_lvs', 'UDP back end of the agent.', { deprecatedFor: 'there is only keepalived_lvs' }),
};
