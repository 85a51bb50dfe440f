import type { Logger } from '../../telemetry/logger.ts';
import type { AgentConfig } from './agent-config.ts';
import type { AmphoraPaths } from './amphora-paths.ts';
import type { AmphoraSize } from './amphora-size.ts';
import type { ConfigApplier } from './haproxy/apply-config.ts';
import type { HangWatch } from './haproxy/hang-watch.ts';
import type { HaproxyService } from './haproxy/haproxy-service.ts';
import type { LoadBalancerFiles } from './haproxy/load-balancers.ts';
import type { InterfacePlugger } from './interfaces/plug.ts';
import type { LvsListeners } from './lvs/lvs-listeners.ts';
import type { MetricsTranslator } from './prometheus/metrics-translator.ts';
import type { Serial } from './serial.ts';
import type { ServiceManager } from './services/service-manager.ts';
import type { Vrrp } from './vrrp.ts';
import type { World } from './world.ts';

/** Everything the routes of one agent work with. */
export interface AgentState {
  readonly amphoraId: string;
  readonly config: () => AgentConfig;
  readonly paths: AmphoraPaths;
  readonly size: AmphoraSize;
  readonly world: World;
  readonly services: ServiceManager;
  readonly log: Logger;
  readonly files: LoadBalancerFiles;
  readonly haproxy: HaproxyService;
  readonly applier: ConfigApplier;
  readonly hangs: HangWatch;
  readonly vrrp: Vrrp;
  readonly plugger: InterfacePlugger;
  readonly lvs: LvsListeners;
  /** Name of the ring that haproxy configurations log to, null where a syslog takes the lines. */
  readonly logRing: string | null;
  readonly metrics: MetricsTranslator;
  /** Changes of haproxy, of interfaces and of keepalived each one after another. */
  readonly serials: { readonly haproxy: Serial; readonly network: Serial; readonly vrrp: Serial };
  /** Takes a new amphora-agent.conf; throws when it cannot be used. */
  readonly replaceConfig: (ini: string) => Promise<void>;
  readonly replaceServerCertificate: (pem: Buffer) => Promise<void>;
}
