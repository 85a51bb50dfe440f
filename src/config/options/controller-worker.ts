import { TOPOLOGIES } from '../../model/enums.ts';
import { bool, choice, int, list, str } from './option.ts';

const WORK_WAITS = 'work waits for a database that is away, and goes on with it';

/** [controller_worker]: what amphorae are made of and which drivers make them. */
export const controllerWorkerOptions = {
  workers: int(1, 'Processes of the worker service.', { min: 1, unused: 'one process works on many load balancers at once, [DEFAULT] executor_thread_pool_size of them; start the service on more hosts for more' }),
  amp_active_retries: int(30, 'Looks at a new server until it must be active.'),
  amp_active_wait_sec: int(10, 'Seconds between two looks.'),
  amp_flavor_id: str('', 'Compute flavor of amphorae.'),
  amp_image_tag: str('', 'Tag of the image amphorae boot from.'),
  amp_image_owner_id: str('', 'Project that must own the image. Recommended for safety.'),
  amp_ssh_key_name: str('', 'Key pair for logging in to amphorae.'),
  amp_timezone: str('UTC', 'Time zone of amphorae.'),
  amp_boot_network_list: list([], 'Networks of every amphora; the first is the management network.'),
  amp_secgroup_list: list([], 'Security groups of amphorae on the management network.'),
  client_ca: str('/etc/octavia/certs/ca_01.pem', 'CA of the controllers\' client certificates, given to amphorae.'),
  amphora_driver: choice(['amphora_haproxy_rest_driver', 'amphora_noop_driver'], 'amphora_haproxy_rest_driver', 'How amphorae are steered.'),
  compute_driver: choice(['compute_nova_driver', 'compute_noop_driver', 'compute_namespace_driver', 'compute_light_driver'], 'compute_nova_driver', 'What amphorae run in: servers of Nova, or (additions) network namespaces of this host (compute_namespace_driver) or of a pool of hosts (compute_light_driver, see [light_pool]). Flavors may choose between Nova and the pool.'),
  network_driver: choice(['allowed_address_pairs_driver', 'network_noop_driver', 'local_network_driver'], 'allowed_address_pairs_driver', 'Who owns the networks: Neutron, or (local_network_driver, an addition) this host.'),
  volume_driver: choice(['volume_noop_driver', 'volume_cinder_driver'], 'volume_noop_driver', 'Root disks of amphorae: none of their own, or volumes of Cinder.'),
  image_driver: choice(['image_noop_driver', 'image_glance_driver'], 'image_glance_driver', 'Where images are found.'),
  distributor_driver: str('distributor_noop_driver', 'Distributor of the original.', { unused: 'there are no distributors' }),
  statistics_drivers: list(['stats_db'], 'Where statistics go: stats_db, stats_logger.', { deprecatedNames: ['health_manager/stats_update_driver'] }),
  loadbalancer_topology: choice(TOPOLOGIES, 'SINGLE', 'Topology of load balancers whose flavor names none.', { isMutable: true }),
  user_data_config_drive: bool(false, 'Pass boot data as user data.', { deprecatedFor: 'user data is too small for boot data' }),
  amphora_delete_retries: int(5, 'Attempts to delete an amphora.'),
  amphora_delete_retry_interval: int(5, 'Seconds between attempts to delete an amphora.'),
  event_notifications: bool(true, 'Send octavia.loadbalancer.* notifications.'),
  db_commit_retry_attempts: int(2000, 'Attempts of a database action.', { unused: WORK_WAITS }),
  db_commit_retry_initial_delay: int(1, 'Seconds before the first retry of a database action.', { unused: WORK_WAITS }),
  db_commit_retry_backoff: int(1, 'Seconds added at each retry.', { unused: WORK_WAITS }),
  db_commit_retry_max: int(5, 'Most seconds between two retries.', { unused: WORK_WAITS }),
  lease_ttl_seconds: int(15, 'Seconds after which the load balancers of a dead worker are taken over.', { min: 1, isAddition: true }),
  sweep_interval_seconds: int(2, 'Seconds between two looks for load balancers that wait for work.', { min: 1, isAddition: true }),
};
