import type { FastifyInstance } from 'fastify';
import type { Bus } from '../bus/bus.ts';
import type { Config } from '../config/config.ts';
import type { CertManager } from '../drivers/certs/cert-manager.ts';
import type { NetworkDriver } from '../drivers/network/network-driver.ts';
import type { Clock } from '../lib/clock.ts';
import type { ProviderRegistry } from '../providers/provider-driver.ts';
import type { Store } from '../store/database.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { AccessLogSource } from './access-log-source.ts';
import type { Authenticator } from './auth/authenticator.ts';
import type { AuditSink } from './middleware/audit.ts';
import type { PolicyEnforcer } from './policy/policy-enforcer.ts';

/** Everything the API needs from the rest of the process. */
export interface ApiDependencies {
  readonly store: Store;
  readonly config: Config;
  readonly providers: ProviderRegistry;
  readonly network: NetworkDriver;
  readonly certManager: CertManager;
  readonly authenticator: Authenticator;
  readonly policy: PolicyEnforcer;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Logger;
  /** Takes the events of `[audit]`. @default the log */
  readonly auditSink?: AuditSink;
  /** Opened when somebody first looks at an access log; null where this process cannot reach the amphorae. @default null */
  readonly accessLogs?: () => Promise<AccessLogSource | null>;
  /** From how many silent amphorae of so many in service on the health managers fail none over (infinite: never). @default the brake is shown as off */
  readonly failoverThreshold?: (inService: number) => number;
  /** Unauthenticated or foreign routes of the same listener: health check, dashboard, embedded cloud. */
  readonly extraRoutes?: (app: FastifyInstance) => void;
}
