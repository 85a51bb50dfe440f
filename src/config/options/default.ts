import { hostname } from 'node:os';
import { bool, choice, int, list, str } from './option.ts';

const LOG_FORMAT = '%(asctime)s.%(msecs)03d %(process)d %(levelname)s %(name)s [%(request_id)s %(user_identity)s] %(instance)s%(message)s';

/** [DEFAULT]: host, message transport and logging (oslo.log, oslo.messaging). */
export const defaultOptions = {
  host: str(hostname(), 'Name of this machine, as others see it: the server name on the message queue and in events.'),
  debug: bool(false, 'Log at debug level instead of info.', { isMutable: true }),
  log_config_append: str(null, 'Logging configuration file of the original; accepted and not used.', { deprecatedNames: ['log_config', 'log-config'] }),
  log_date_format: str('%Y-%m-%d %H:%M:%S', 'Date format of text log lines.'),
  log_file: str(null, 'Log file; relative names are below log_dir. Standard error without it.', { deprecatedNames: ['logfile'] }),
  log_dir: str(null, 'Directory of log files.', { deprecatedNames: ['logdir'] }),
  watch_log_file: bool(false, 'Reopen the log file when it was moved away.'),
  use_syslog: bool(false, 'Log to syslog.'),
  use_journal: bool(false, 'Log to the systemd journal.'),
  syslog_log_facility: str('LOG_USER', 'Syslog facility.'),
  use_json: bool(false, 'Log one JSON object per line.'),
  use_stderr: bool(false, 'Log to standard error even when a log file is given.'),
  log_color: bool(false, 'Colour text log lines by level.'),
  log_rotate_interval: int(1, 'Amount of time between two rotations, in log_rotate_interval_type.'),
  log_rotate_interval_type: choice(['Seconds', 'Minutes', 'Hours', 'Days', 'Weekday', 'Midnight'], 'Days', 'Unit of log_rotate_interval.', { isCaseIgnored: true }),
  max_logfile_count: int(30, 'Rotated log files that are kept.'),
  max_logfile_size_mb: int(200, 'Size at which a log file is rotated, in megabytes.'),
  log_rotation_type: choice(['interval', 'size', 'none'], 'none', 'What makes a log file rotate.', { isCaseIgnored: true }),
  logging_context_format_string: str(LOG_FORMAT, 'Format of text log lines that belong to a request.'),
  default_log_levels: list([], 'Levels of single loggers, as logger=LEVEL.', { isMutable: true }),
  publish_errors: bool(false, 'Send errors as notifications too.'),
  rate_limit_interval: int(0, 'Seconds over which log lines are limited; 0 = no limit.'),
  rate_limit_burst: int(0, 'Log lines that pass in one interval.'),
  rate_limit_except_level: str('CRITICAL', 'Level from which lines are never held back.'),
  fatal_deprecations: bool(false, 'Take deprecated settings as errors.'),

  transport_url: str('rabbit://', 'Message queue: rabbit://user:password@host:port,user:password@host:port/virtual_host.', { isSecret: true }),
  control_exchange: str('octavia', 'Exchange of the control topic.'),
  rpc_conn_pool_size: int(30, 'Connections to the message queue that are kept.', { min: 1 }),
  conn_pool_min_size: int(2, 'Connections to the message queue that are kept open at least.'),
  conn_pool_ttl: int(1200, 'Seconds until an idle connection is closed.'),
  executor_thread_pool_size: int(64, 'Load balancers one worker process works on at the same time; those that only wait for a machine to boot do not count.', { deprecatedNames: ['rpc_thread_pool_size'] }),
  rpc_response_timeout: int(60, 'Seconds to wait for the answer of a call.'),
  rpc_ping_enabled: bool(false, 'Answer oslo_rpc_server_ping.'),
};
