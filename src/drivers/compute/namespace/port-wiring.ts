import type { Launcher } from '../../../lib/launcher.ts';
import type { Port } from '../../network/network-driver.ts';

/** Connects a network namespace to a port's network; supplied by whoever owns the host's bridges. */
export interface PortWiring {
  /** Puts an interface with the port's MAC into the namespace (name is free; the agent finds it by MAC). Twice is once. */
  plug(netns: string, port: Port): Promise<void>;
  unplug(portId: string): Promise<void>;
}

/** Runs amphora agents for namespace amphorae in this process. */
export interface AgentHost {
  /** Starts (or adopts) the agent of one amphora; resolves when it listens. `shell` is inside its namespace and goes over to it. */
  start(agent: {
    readonly amphoraId: string; readonly root: string; readonly netns: string; readonly host: string; readonly port: number; readonly shell?: Launcher;
  }): Promise<void>;
  stop(amphoraId: string): Promise<void>;
}
