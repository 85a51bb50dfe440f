import { hostname } from 'node:os';
import { bool, choice, int, list, str } from './option.ts';

const LOG_FORMAT = '%(asctime)s.%(msecs)03d %(process)d %(levelname)s %(name)s [%(request_id)s %(user_identity)s] %(instance)s%(message)s';

const JOURNAL = 'leave log_file and log_dir out: systemd then keeps standard error in its journal and passes it on to syslog';
const LOGROTATE = 'let logrotate do it, with SIGHUP or watch_log_file, or set log_rotation_type = size';
const JOURNALD_LIMITS = 'lines are not held back; journald can (RateLimitIntervalSec)';
const ONE_CONNECTION = 'one connection to the broker carries everything of a process';
const NO_CALLS = 'nothing here waits for an answer over the queue';

/** [DEFAULT]: host, message transport and logging (oslo.log, oslo.messaging). */
export const defaultOptions = {
  host: str(hostname(), 'Name of this machine, as others see it: the server name on the message queue and in events.'),
  debug: bool(false, 'Log at debug level instead of info.', { isMutable: true }),
  log_config_append: str(null, 'Logging configuration file.', { deprecatedNames: ['log_config', 'log-config'], unused: 'the log is set up by the options of this group' }),
  log_date_format: str('%Y-%m-%d %H:%M:%S', 'Date format of text log lines.', { unused: 'times are written as ISO 8601' }),
  log_file: str(null, 'Log file; relative names are below log_dir. Standard error without it.', { deprecatedNames: ['logfile'] }),
  log_dir: str(null, 'Directory of log files.', { deprecatedNames: ['logdir'] }),
  watch_log_file: bool(false, 'Open the log file anew when it was moved away or removed.'),
  use_syslog: bool(false, 'Log to syslog.', { unused: JOURNAL }),
  use_journal: bool(false, 'Log to the systemd journal.', { unused: JOURNAL }),
  syslog_log_facility: str('LOG_USER', 'Syslog facility.', { unused: JOURNAL }),
  use_json: bool(false, 'Log JSON objects on a terminal too; elsewhere log lines always are.'),
  use_stderr: bool(false, 'Log to standard error even when a log file is given.'),
  log_color: bool(false, 'Colour text log lines by level.', { unused: 'text lines are for terminals, without colours' }),
  log_rotate_interval: int(1, 'Amount of time between two rotations, in log_rotate_interval_type.', { unused: LOGROTATE }),
  log_rotate_interval_type: choice(['Seconds', 'Minutes', 'Hours', 'Days', 'Weekday', 'Midnight'], 'Days', 'Unit of log_rotate_interval.', { isCaseIgnored: true, unused: LOGROTATE }),
  max_logfile_count: int(30, 'Rotated log files that are kept, as <log file>.1 and so on.', { min: 0 }),
  max_logfile_size_mb: int(200, 'Size at which a log file is rotated, in megabytes, with log_rotation_type = size.', { min: 1 }),
  log_rotation_type: choice(['interval', 'size', 'none'], 'none', 'What makes a log file rotate: its size or nothing; by time (interval) logrotate does it.', { isCaseIgnored: true }),
  logging_context_format_string: str(LOG_FORMAT, 'Format of text log lines that belong to a request.', { unused: 'log lines are JSON objects with fields of their own' }),
  default_log_levels: list([], 'Levels of single loggers, as logger=LEVEL.', { unused: 'there is one level for everything, set by debug' }),
  publish_errors: bool(false, 'Send errors as notifications too.', { unused: 'errors go to the log; notifications tell of changes' }),
  rate_limit_interval: int(0, 'Seconds over which log lines are limited; 0 = no limit.', { unused: JOURNALD_LIMITS }),
  rate_limit_burst: int(0, 'Log lines that pass in one interval.', { unused: JOURNALD_LIMITS }),
  rate_limit_except_level: str('CRITICAL', 'Level from which lines are never held back.', { unused: JOURNALD_LIMITS }),
  fatal_deprecations: bool(false, 'Take deprecated settings as errors.', { unused: 'deprecated options are warnings' }),

  transport_url: str('rabbit://', 'Message queue: rabbit://user:password@host:port,user:password@host:port/virtual_host.', { isSecret: true }),
  control_exchange: str('octavia', 'Exchange of the control topic.'),
  rpc_conn_pool_size: int(30, 'Connections to the message queue that are kept.', { min: 1, unused: ONE_CONNECTION }),
  conn_pool_min_size: int(2, 'Connections to the message queue that are kept open at least.', { unused: ONE_CONNECTION }),
  conn_pool_ttl: int(1200, 'Seconds until an idle connection is closed.', { unused: ONE_CONNECTION }),
  executor_thread_pool_size: int(64, 'Load balancers one worker process works on at the same time; those that only wait for a machine to boot do not count.', { deprecatedNames: ['rpc_thread_pool_size'] }),
  rpc_response_timeout: int(60, 'Seconds to wait for the answer of a call.', { unused: NO_CALLS }),
  rpc_ping_enabled: bool(false, 'Answer oslo_rpc_server_ping.', { unused: NO_CALLS }),
};
