import { ip, port } from './option.ts';

/** [metrics]: Prometheus figures of the control plane itself. Each process has a port of its own, as they share this file. */
export const metricsOptions = {
  bind_host: ip('127.0.0.1', 'Address the figures are served on, at /metrics.', { isAddition: true }),
  api_port: port(0, 'TCP port of the figures of the API; 0 = none are kept.', { isAddition: true }),
  worker_port: port(0, 'TCP port of the figures of the worker; 0 = none are kept.', { isAddition: true }),
  health_manager_port: port(0, 'TCP port of the figures of the health manager; 0 = none are kept.', { isAddition: true }),
  housekeeping_port: port(0, 'TCP port of the figures of housekeeping; 0 = none are kept.', { isAddition: true }),
  driver_agent_port: port(0, 'TCP port of the figures of the driver agent; 0 = none are kept.', { isAddition: true }),
  light_host_port: port(0, 'TCP port of the figures of a host of the light pool; 0 = none are kept.', { isAddition: true }),
};
