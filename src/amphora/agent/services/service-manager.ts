import type { ProcessIdentity } from '../../../lib/linux/process-look.ts';
import { OctaviaError } from '../../../lib/errors.ts';

/** A daemon of an amphora that must run until it is stopped, also while no agent runs. */
export interface ServiceSpec {
  /** Name of its unit without suffix: `haproxy-<load balancer>`, `octavia-keepalived`, `octavia-keepalivedlvs-<listener>`. */
  readonly name: string;
  readonly description: string;
  /** Runs in the foreground, with paths as the amphora names them. */
  readonly command: readonly string[];
  /** Files removed before every start, pid files above all: keepalived takes a stale one for a running process and exits 0. */
  readonly stalePidFiles: readonly string[];
  /**
   * Serves tenant traffic and so keeps to the limits of the amphora's size. keepalived does not: advertisements that are
   * late for want of a processor look like a dead node.
   */
  readonly isLimited?: boolean;
}

/** Starts, keeps and stops daemons. Every operation may be repeated. */
export interface ServiceManager {
  /** Starts the daemon, or takes over the one that runs. It does not wait until the daemon serves. */
  start(spec: ServiceSpec): Promise<void>;
  /** Ends the daemon and waits until it is gone; not running is success. */
  stop(name: string): Promise<void>;
  /** Stops and forgets it, so that a reboot does not bring it back. */
  remove(name: string): Promise<void>;
  /** The running daemon (its first process), or null. */
  running(name: string): Promise<ProcessIdentity | null>;
  /** How often the daemon has ended by itself since `start`; grows while it cannot run. */
  exits(name: string): Promise<number>;
  /** Starts again whatever was started and not stopped but does not run: after a reboot, or when a supervisor died. */
  revive(): Promise<void>;
  /** What the daemon printed last, for error answers. */
  output(name: string): Promise<string>;
  /** What was printed until now is no longer part of `output`. */
  forgetOutput(name: string): Promise<void>;
}

/** A daemon that does not come up or go down; `output` is what it printed. */
export class ServiceFailed extends OctaviaError {
  readonly output: string;

  constructor(name: string, what: string, output: string) {
    super('service-failed', `${name} ${what}: ${output.trim().slice(-1500) || 'it printed nothing'}`, { retry: 'retry' });
    this.output = output;
  }
}
