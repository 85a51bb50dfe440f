import { float, int, list, str } from './option.ts';

/** [driver_agent]: unix sockets for provider drivers in other processes. */
export const driverAgentOptions = {
  status_socket_path: str('/var/run/octavia/status.sock', 'Socket of status updates.'),
  stats_socket_path: str('/var/run/octavia/stats.sock', 'Socket of statistics.'),
  get_socket_path: str('/var/run/octavia/get.sock', 'Socket of look-ups.'),
  status_request_timeout: int(5, 'Seconds a status update may take.'),
  status_max_processes: int(50, 'Status updates at the same time.'),
  stats_request_timeout: int(5, 'Seconds a statistics update may take.'),
  stats_max_processes: int(50, 'Statistics updates at the same time.'),
  get_request_timeout: int(5, 'Seconds a look-up may take.'),
  get_max_processes: int(50, 'Look-ups at the same time.'),
  max_process_warning_percent: float(0.75, 'Share of the maximum from which a warning is logged.', { min: 0.01, max: 0.99 }),
  provider_agent_shutdown_timeout: int(60, 'Seconds provider agents get to end.'),
  enabled_provider_agents: list([], 'Provider agents to be started.'),
};
