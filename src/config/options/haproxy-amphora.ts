import { bool, choice, float, int, ip, port, str } from './option.ts';

const UPSTART = 'upstart is gone and with it the use of this option';

const SUPERVISOR = 'the supervisor of the agent decides when haproxy is started again';

/** [haproxy_amphora]: the data plane's defaults and the way to the agents. */
export const haproxyAmphoraOptions = {
  base_path: str('/var/lib/octavia', 'Directory of an amphora\'s files.'),
  base_cert_dir: str('/var/lib/octavia/certs', 'Directory of an amphora\'s certificates.'),
  haproxy_template: str(null, 'Template of HAProxy\'s configuration.', { unused: 'configurations of HAProxy are not made from templates' }),
  connection_logging: bool(true, 'Log every connection.'),
  connection_max_retries: int(120, 'Attempts to reach the agent of a new amphora.'),
  connection_retry_interval: int(5, 'Seconds between attempts to reach a new amphora.'),
  active_connection_max_retries: int(15, 'Attempts to reach the agent of a running amphora.'),
  active_connection_retry_interval: int(2, 'Seconds between attempts to reach a running amphora.', { deprecatedNames: ['active_connection_rety_interval'] }),
  failover_connection_max_retries: int(2, 'Attempts to reach an amphora during a failover.'),
  failover_connection_retry_interval: int(5, 'Seconds between attempts to reach an amphora during a failover.'),
  build_rate_limit: int(-1, 'Amphorae all workers together build at the same time; -1 = no limit.'),
  build_active_retries: int(120, 'Attempts to get a build slot.'),
  build_retry_interval: int(5, 'Seconds between attempts to get a build slot.'),
  haproxy_stick_size: str('10k', 'Size of HAProxy\'s stick tables; k, m and g are understood.'),
  user_log_format: str(
    '{{ project_id }} {{ lb_id }} %f %ci %cp %t %{+Q}r %ST %B %U %[ssl_c_verify] %{+Q}[ssl_c_s_dn] %b %s %Tt %tsc',
    'HAProxy log-format of traffic logs; {{ project_id }} and {{ lb_id }} are filled in.',
  ),
  bind_host: ip('::', 'Address the agent listens on.'),
  bind_port: port(9443, 'Port the agent listens on.'),
  lb_network_interface: str('o-hm0', 'Interface towards the amphorae; needed for link-local IPv6 addresses only.'),
  haproxy_cmd: str('/usr/sbin/haproxy', 'Path of haproxy.'),
  respawn_count: int(2, 'Option of the original.', { deprecatedFor: UPSTART, unused: SUPERVISOR }),
  respawn_interval: int(2, 'Option of the original.', { deprecatedFor: UPSTART, unused: SUPERVISOR }),
  rest_request_conn_timeout: float(10, 'Seconds until a connection to an agent counts as failed.'),
  rest_request_read_timeout: float(60, 'Seconds until an answer of an agent counts as failed.'),
  timeout_client_data: int(50000, 'Default of a listener\'s timeout_client_data in milliseconds.'),
  timeout_member_connect: int(5000, 'Default of a listener\'s timeout_member_connect in milliseconds.'),
  timeout_member_data: int(50000, 'Default of a listener\'s timeout_member_data in milliseconds.'),
  timeout_tcp_inspect: int(0, 'Default of a listener\'s timeout_tcp_inspect in milliseconds.'),
  client_cert: str('/etc/octavia/certs/client.pem', 'Certificate and key the controller shows to agents.'),
  server_ca: str('/etc/octavia/certs/server_ca.pem', 'CA that signed the agents\' certificates.'),
  api_db_commit_retry_attempts: int(15, 'Looks of a worker for the rows that a cast speaks of: APIs of the original cast before they commit.'),
  api_db_commit_retry_initial_delay: int(1, 'Seconds between the first two of these looks.'),
  api_db_commit_retry_backoff: int(1, 'Seconds added at each further one.'),
  api_db_commit_retry_max: int(5, 'Most seconds between two of them.'),
  default_connection_limit: int(50000, 'Connections of listeners whose connection_limit is -1.'),
  http_reuse: choice(
    ['safe', 'aggressive', 'always'], 'aggressive',
    'Which requests amphorae with our agent may send over idle connections to HTTP members (HAProxy\'s http-reuse). always needs half the processor time where clients keep no connections, but answers 502 when a member closes an idle connection at the wrong moment: for members that keep idle connections for long.',
    { isAddition: true },
  ),
};
