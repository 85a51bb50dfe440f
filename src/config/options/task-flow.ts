import { bool, choice, dict, int, list, port, str } from './option.ts';

/** [task_flow]: the original's engine. Read so that its files load; our worker keeps its state in the rows themselves. */
export const taskFlowOptions = {
  engine: choice(['serial', 'parallel'], 'parallel', 'Engine of the original; not used.'),
  max_workers: int(5, 'Threads of one flow of the original; not used: a worker does what is independent side by side. How many load balancers it works on is [DEFAULT] executor_thread_pool_size.'),
  disable_revert: bool(false, 'Leave failed work in place, for debugging.'),
  persistence_connection: str('sqlite://', 'Job database of the original; not used.', { isSecret: true }),
  jobboard_enabled: bool(false, 'Job board of the original; not used: work always survives its worker.'),
  jobboard_backend_driver: choice(['redis_taskflow_driver', 'zookeeper_taskflow_driver', 'etcd_taskflow_driver'], 'redis_taskflow_driver', 'Not used.'),
  jobboard_backend_hosts: list(['127.0.0.1'], 'Not used.'),
  jobboard_backend_port: port(6379, 'Not used.'),
  jobboard_backend_username: str(null, 'Not used.'),
  jobboard_backend_password: str(null, 'Not used.', { isSecret: true }),
  jobboard_backend_namespace: str('octavia_jobboard', 'Not used.'),
  jobboard_redis_backend_db: int(0, 'Not used.', { min: 0 }),
  jobboard_redis_sentinel: str(null, 'Not used.'),
  jobboard_redis_sentinel_username: str(null, 'Not used.'),
  jobboard_redis_sentinel_password: str(null, 'Not used.', { isSecret: true }),
  jobboard_redis_backend_ssl_options: dict({ ssl: 'False', ssl_cert_reqs: 'required' }, 'Not used.'),
  jobboard_redis_sentinel_ssl_options: dict({ ssl: 'False', ssl_cert_reqs: 'required' }, 'Not used.'),
  jobboard_zookeeper_ssl_options: dict({ use_ssl: 'False', verify_certs: 'True' }, 'Not used.'),
  jobboard_etcd_ssl_options: dict({ use_ssl: 'False' }, 'Not used.'),
  jobboard_etcd_timeout: int(null, 'Not used.'),
  jobboard_etcd_api_path: str(null, 'Not used.'),
  jobboard_expiration_time: int(30, 'Not used.'),
  jobboard_save_logbook: bool(false, 'Not used.'),
};
