import type { Launcher } from '../../lib/launcher.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { AgentConfig } from './agent-config.ts';

/**
 * What one agent needs to run. In a virtual machine there is one, with root `/` and the namespace `amphora-haproxy`;
 * on a host that carries namespace amphorae one process runs many.
 */
export interface AgentOptions {
  readonly amphoraId: string;
  /** Directory that holds this amphora's files as if it were `/`: `<root>/var/lib/octavia/...`, `<root>/etc/octavia/...`. */
  readonly root: string;
  /** Name under /run/netns in which haproxy and keepalived run. */
  readonly netns: string;
  /** A shell inside that namespace, whose kernel settings are made; the agent takes it over. */
  readonly shell?: Launcher;
  /** By default what amphora-agent.conf says. */
  readonly listen?: { readonly host: string; readonly port: number };
  /** amphora-agent.conf as the amphora names it, which also names the certificates. @default '/etc/octavia/amphora-agent.conf' */
  readonly configFile?: string;
  /** Where events go; absent means nowhere. */
  readonly log?: Logger;
  /** Told of an amphora-agent.conf that the controller has put in place of the former one. */
  readonly onConfig?: (config: AgentConfig) => void;
}

export interface Agent {
  readonly address: { readonly host: string; readonly port: number };
  /** Stops listening and sending heartbeats; haproxy and keepalived go on. */
  close(): Promise<void>;
}
