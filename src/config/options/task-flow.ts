import { bool, choice, dict, int, list, port, str } from './option.ts';

const NO_JOBBOARD = 'work is kept in the main database and survives its worker without a job board';

/** [task_flow]: the original's engine. Read so that its files load; our worker keeps its state in the rows themselves. */
export const taskFlowOptions = {
  engine: choice(['serial', 'parallel'], 'parallel', 'Engine of TaskFlow.', { unused: 'there is no TaskFlow; a worker does what is independent side by side' }),
  max_workers: int(5, 'Threads of one flow of TaskFlow.', { unused: 'a worker does what is independent side by side; how many load balancers it works on is [DEFAULT] executor_thread_pool_size' }),
  disable_revert: bool(false, 'Leave failed work in place, for debugging.', { unused: 'failed work is not undone: it is kept with its reason and done when its cause goes' }),
  persistence_connection: str('sqlite://', 'Job database of TaskFlow.', { isSecret: true, unused: NO_JOBBOARD }),
  jobboard_enabled: bool(false, 'Job board of TaskFlow.', { unused: NO_JOBBOARD }),
  jobboard_backend_driver: choice(['redis_taskflow_driver', 'zookeeper_taskflow_driver', 'etcd_taskflow_driver'], 'redis_taskflow_driver', 'Option of the original.', { unused: NO_JOBBOARD }),
  jobboard_backend_hosts: list(['127.0.0.1'], 'Option of the original.', { unused: NO_JOBBOARD }),
  jobboard_backend_port: port(6379, 'Option of the original.', { unused: NO_JOBBOARD }),
  jobboard_backend_username: str(null, 'Option of the original.', { unused: NO_JOBBOARD }),
  jobboard_backend_password: str(null, 'Option of the original.', { isSecret: true, unused: NO_JOBBOARD }),
  jobboard_backend_namespace: str('octavia_jobboard', 'Option of the original.', { unused: NO_JOBBOARD }),
  jobboard_redis_backend_db: int(0, 'Option of the original.', { min: 0, unused: NO_JOBBOARD }),
  jobboard_redis_sentinel: str(null, 'Option of the original.', { unused: NO_JOBBOARD }),
  jobboard_redis_sentinel_username: str(null, 'Option of the original.', { unused: NO_JOBBOARD }),
  jobboard_redis_sentinel_password: str(null, 'Option of the original.', { isSecret: true, unused: NO_JOBBOARD }),
  jobboard_redis_backend_ssl_options: dict({ ssl: 'False', ssl_cert_reqs: 'required' }, 'Option of the original.', { unused: NO_JOBBOARD }),
  jobboard_redis_sentinel_ssl_options: dict({ ssl: 'False', ssl_cert_reqs: 'required' }, 'Option of the original.', { unused: NO_JOBBOARD }),
  jobboard_zookeeper_ssl_options: dict({ use_ssl: 'False', verify_certs: 'True' }, 'Option of the original.', { unused: NO_JOBBOARD }),
  jobboard_etcd_ssl_options: dict({ use_ssl: 'False' }, 'Option of the original.', { unused: NO_JOBBOARD }),
  jobboard_etcd_timeout: int(null, 'Option of the original.', { unused: NO_JOBBOARD }),
  jobboard_etcd_api_path: str(null, 'Option of the original.', { unused: NO_JOBBOARD }),
  jobboard_expiration_time: int(30, 'Option of the original.', { unused: NO_JOBBOARD }),
  jobboard_save_logbook: bool(false, 'Option of the original.', { unused: NO_JOBBOARD }),
};
