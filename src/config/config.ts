import { amphoraAgentOptions } from './options/amphora-agent.ts';
import { apiSettingsOptions } from './options/api-settings.ts';
import { auditNotificationsOptions, auditOptions } from './options/audit.ts';
import { certificatesOptions } from './options/certificates.ts';
import { cinderOptions } from './options/cinder.ts';
import { computeOptions } from './options/compute.ts';
import { controllerWorkerOptions } from './options/controller-worker.ts';
import { corsOptions } from './options/cors.ts';
import { databaseOptions } from './options/database.ts';
import { defaultOptions } from './options/default.ts';
import { driverAgentOptions } from './options/driver-agent.ts';
import { glanceOptions } from './options/glance.ts';
import { haproxyAmphoraOptions } from './options/haproxy-amphora.ts';
import { healthManagerOptions } from './options/health-manager.ts';
import { houseKeepingOptions } from './options/house-keeping.ts';
import { keepalivedVrrpOptions } from './options/keepalived-vrrp.ts';
import { barbicanOptions, keyManagerOptions } from './options/key-manager.ts';
import { keystoneAuthtokenOptions } from './options/keystone-authtoken.ts';
import { lightPoolOptions } from './options/light-pool.ts';
import { metricsOptions } from './options/metrics.ts';
import { namespaceOptions } from './options/namespace.ts';
import { networkingOptions } from './options/networking.ts';
import { neutronOptions } from './options/neutron.ts';
import { novaOptions } from './options/nova.ts';
import type { ValuesOf } from './options/option.ts';
import { osloMessagingNotificationsOptions, osloMessagingOptions, osloMessagingRabbitOptions } from './options/oslo-messaging.ts';
import { healthcheckOptions, osloMiddlewareOptions } from './options/oslo-middleware.ts';
import { osloPolicyOptions } from './options/oslo-policy.ts';
import { osloReportsOptions } from './options/oslo-reports.ts';
import { quotasOptions } from './options/quotas.ts';
import { serviceAuthOptions } from './options/service-auth.ts';
import { taskFlowOptions } from './options/task-flow.ts';
import { webhookOptions } from './options/webhook.ts';

/** Every group of octavia.conf that is understood, in the order of the sample file. */
export const optionGroups = {
  DEFAULT: defaultOptions,
  api_settings: apiSettingsOptions,
  database: databaseOptions,
  health_manager: healthManagerOptions,
  keystone_authtoken: keystoneAuthtokenOptions,
  certificates: certificatesOptions,
  compute: computeOptions,
  networking: networkingOptions,
  haproxy_amphora: haproxyAmphoraOptions,
  controller_worker: controllerWorkerOptions,
  task_flow: taskFlowOptions,
  oslo_messaging: osloMessagingOptions,
  oslo_messaging_rabbit: osloMessagingRabbitOptions,
  oslo_messaging_notifications: osloMessagingNotificationsOptions,
  oslo_middleware: osloMiddlewareOptions,
  oslo_policy: osloPolicyOptions,
  oslo_reports: osloReportsOptions,
  cors: corsOptions,
  healthcheck: healthcheckOptions,
  house_keeping: houseKeepingOptions,
  keepalived_vrrp: keepalivedVrrpOptions,
  service_auth: serviceAuthOptions,
  nova: novaOptions,
  cinder: cinderOptions,
  glance: glanceOptions,
  neutron: neutronOptions,
  key_manager: keyManagerOptions,
  barbican: barbicanOptions,
  amphora_agent: amphoraAgentOptions,
  quotas: quotasOptions,
  audit: auditOptions,
  audit_middleware_notifications: auditNotificationsOptions,
  driver_agent: driverAgentOptions,
  namespace: namespaceOptions,
  light_pool: lightPoolOptions,
  metrics: metricsOptions,
  webhook: webhookOptions,
};

export type GroupName = keyof typeof optionGroups;

/** The whole configuration, frozen: `config.health_manager.heartbeat_interval`. Names are octavia.conf's own. */
export type Config = { readonly [G in GroupName]: ValuesOf<(typeof optionGroups)[G]> };

/** Values that win over every file: command-line options and tests. */
export type ConfigOverrides = { readonly [G in GroupName]?: Partial<Config[G]> };
