import { int, ip, list, port, str } from './option.ts';

const ONE_RECEIVER = 'one process takes the heartbeats; start more health managers when one is too slow';

/** [health_manager]: heartbeats of amphorae and failover. */
export const healthManagerOptions = {
  bind_ip: ip('127.0.0.1', 'Address heartbeats are received on.'),
  bind_port: port(5555, 'UDP port heartbeats are received on.'),
  failover_threads: int(10, 'Failovers of silent amphorae under way at the same time.'),
  health_update_threads: int(null, 'Processes of the original for health updates.', { unused: ONE_RECEIVER }),
  stats_update_threads: int(null, 'Processes of the original for statistics.', { unused: ONE_RECEIVER }),
  heartbeat_key: str(null, 'Key that signs heartbeats; must be equal on every controller.', { isMutable: true, isSecret: true }),
  accepted_heartbeat_keys: list([], 'Further keys that heartbeats may be signed with, for a change of heartbeat_key: the next one before the change, the former one after it. Amphorae that sign with them are given heartbeat_key.', { isMutable: true, isSecret: true, isAddition: true }),
  heartbeat_timeout: int(60, 'Seconds without a heartbeat after which an amphora fails over.'),
  health_check_interval: int(3, 'Seconds between two looks for silent amphorae.'),
  sock_rlimit: int(0, 'Receive buffer of the heartbeat socket in bytes; 0 = the system\'s.'),
  failover_threshold: int(null, 'When this many amphorae are silent at once, stop all failovers until they speak again.'),
  controller_ip_port_list: list([], 'Where amphorae send heartbeats, as address:port.', { isMutable: true }),
  heartbeat_interval: int(10, 'Seconds between two heartbeats of an amphora.', { isMutable: true }),
};
