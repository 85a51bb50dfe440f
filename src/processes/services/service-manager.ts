import { reasonOf } from '../../lib/errors.ts';
import { run } from '../../lib/run.ts';
import type { Logger } from '../../telemetry/logger.ts';

/** What systemd is told of this process. Without systemd (no NOTIFY_SOCKET) nothing is said. */
export interface ServiceManager {
  /** Everything is up; from now on the watchdog is fed when the unit has one. */
  ready(): Promise<void>;
  /** The start goes on waiting for something, at most so long until the next word of it. */
  waiting(text: string, seconds: number): Promise<void>;
  /** One line that `systemctl status` shows. */
  status(text: string): Promise<void>;
  /** The process ends in an orderly way; the watchdog is fed until the very end. */
  stopping(): Promise<void>;
  /** Ends the feeding. */
  close(): void;
}

export interface ServiceManagerOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  readonly log: Logger;
  /** Sends one message; by default through the program systemd-notify, as Node has no datagram sockets of the UNIX family. */
  readonly send?: (assignments: readonly string[]) => Promise<void>;
}

/** On a machine that hardly gets its turn the program takes seconds to start. */
const SEND_TIMEOUT_MS = 20_000;

/**
 * The notification protocol of systemd (sd_notify): units say `Type=notify` and, as a child of ours speaks for us,
 * `NotifyAccess=all`. A message that cannot be sent is logged and harms nothing.
 */
export function connectServiceManager({ env, pid, log, send = sendThroughProgram }: ServiceManagerOptions): ServiceManager {
  const isThere = (env['NOTIFY_SOCKET'] ?? '') !== '';
  const tell = async (...assignments: string[]): Promise<void> => {
    if (!isThere) return;
    try {
      await send(assignments);
    } catch (error) {
      log.warn({ assignments, reason: reasonOf(error) }, 'systemd could not be notified');
    }
  };
  let timer: NodeJS.Timeout | null = null;
  const feedEveryMs = isThere ? watchdogIntervalMs(env, pid) : null;
  return {
    async ready() {
      await tell('READY=1', `MAINPID=${pid}`, 'STATUS=Ready');
      // A timer of the event loop: when that hangs, nothing is fed, which is the point.
      if (feedEveryMs !== null) timer ??= setInterval(() => void tell('WATCHDOG=1'), feedEveryMs).unref();
    },
    waiting: (text, seconds) => tell(`EXTEND_TIMEOUT_USEC=${Math.ceil(seconds * 1e6)}`, statusOf(text)),
    status: (text) => tell(statusOf(text)),
    stopping: () => tell('STOPPING=1', 'STATUS=Finishing what is under way'),
    close() {
      if (timer !== null) clearInterval(timer);
      timer = null;
    },
  };
}

const statusOf = (text: string): string => `STATUS=${text.replaceAll(/[\r\n]+/g, ' ')}`;

/** A third of the watchdog's time; null when the unit has none or it is meant for another process. */
export function watchdogIntervalMs(env: Readonly<Record<string, string | undefined>>, pid: number): number | null {
  const micros = Number(env['WATCHDOG_USEC'] ?? Number.NaN);
  const meant = env['WATCHDOG_PID'];
  if (!Number.isFinite(micros) || micros <= 0 || (meant !== undefined && meant !== String(pid))) return null;
  return Math.max(100, Math.floor(micros / 3000));
}

async function sendThroughProgram(assignments: readonly string[]): Promise<void> {
  await run('systemd-notify', assignments, { timeoutMs: SEND_TIMEOUT_MS });
}
