import { createSocket } from 'node:dgram';
import type { Socket as DatagramSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { steadyClock } from '../../../lib/clock.ts';
import { OctaviaError, reasonOf } from '../../../lib/errors.ts';
import type { Logger } from '../../../telemetry/logger.ts';
import type { LogRule, LogServer } from './log-rules.ts';

const CONNECT_TIMEOUT_MS = 5000;
/** A server that takes nothing for so long is lost, where there is another one. */
const WRITE_PATIENCE_MS = 10_000;
/** How long a server that stopped reading is left alone: it still takes connections, and some lines on each. */
const STALLED_MS = 60_000;

class Stalled extends OctaviaError {
  constructor() {
    super('log-server-stalled', 'it does not read what it is sent', { retry: 'retry' });
  }
}

interface Link {
  readonly isOpen: boolean;
  /** Throws Stalled when a server takes none of them for `timeoutMs`; null waits for as long as it lives. */
  send(lines: readonly string[], timeoutMs: number | null): Promise<void>;
  close(): void;
}

/**
 * Sends lines to the first log server; the next ones get them only while those before cannot be reached. Lines wait in
 * a bounded queue meanwhile. What a server that went away had in flight is lost, as with syslog everywhere.
 */
export class LogForwarder {
  readonly rule: LogRule;
  readonly #log: Logger;
  readonly #writePatienceMs: number;
  readonly #stop = new AbortController();
  #queue: string[] = [];
  #link: { readonly index: number; readonly connection: Link } | null = null;
  #work: Promise<void> | null = null;
  /** When a server before the one in use is tried again; of the steady clock, as the date of a young machine may leap by hours. */
  #returnAt = 0;
  /** The first server was given up: it gets one attempt at a time until it answers. */
  #isSuspended = false;
  /** Servers that refused datagrams, and until when they are left alone: opening a UDP socket proves nothing. */
  readonly #shunnedUntil = new Map<LogServer, number>();

  constructor(rule: LogRule, log: Logger, writePatienceMs = WRITE_PATIENCE_MS) {
    this.rule = rule;
    this.#log = log;
    this.#writePatienceMs = writePatienceMs;
  }

  push(lines: readonly string[]): void {
    const room = this.rule.queueSize - this.#queue.length;
    if (room <= 0) return;
    this.#queue.push(...(lines.length > room ? lines.slice(0, room) : lines));
    this.#work ??= this.#drain().catch((error: unknown) => {
      if (!this.#stop.signal.aborted) this.#log.error({ reason: reasonOf(error) }, 'Logs cannot be forwarded');
    }).finally(() => {
      this.#work = null;
    });
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#link?.connection.close();
    await this.#work;
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0 && !this.#stop.signal.aborted) {
      const connection = await this.#connection();
      const lines = this.#queue;
      this.#queue = [];
      try {
        await connection.send(lines, this.#canSwitch ? this.#writePatienceMs : null);
      } catch (error) {
        this.#log.warn({ reason: reasonOf(error) }, 'A log server is lost');
        this.#queue = [...lines, ...this.#queue].slice(0, this.rule.queueSize);
        const server = this.rule.servers[this.#link?.index ?? 0];
        if (server?.protocol === 'udp') this.#shunnedUntil.set(server, steadyClock.now() + this.rule.retryIntervalMs);
        if (server && error instanceof Stalled) {
          this.#shunnedUntil.set(server, steadyClock.now() + STALLED_MS);
          this.#isSuspended = true;
        }
        this.#drop();
      }
    }
  }

  /** There is another server, and the first one is not to be waited for without end. */
  get #canSwitch(): boolean {
    return this.rule.servers.length > 1 && this.rule.retryCount >= 0;
  }

  async #connection(): Promise<Link> {
    if (this.#link?.connection.isOpen === false) this.#drop();
    if (this.#link && (this.#link.index === 0 || steadyClock.now() < this.#returnAt)) return this.#link.connection;
    const known = this.#link;
    for (let attempt = 0; ; attempt += 1) {
      const reached = await this.#tryServers(known?.index ?? this.rule.servers.length, attempt);
      if (reached) {
        known?.connection.close();
        this.#link = reached;
        return reached.connection;
      }
      this.#returnAt = steadyClock.now() + this.rule.retryIntervalMs;
      if (known) return known.connection;
      await sleep(this.rule.retryIntervalMs, undefined, { signal: this.#stop.signal, ref: false });
    }
  }

  /** The first of the servers before `end` that answers; only the first one while its retries are not used up. */
  async #tryServers(end: number, attempt: number): Promise<{ index: number; connection: Link } | null> {
    for (const [index, server] of this.rule.servers.slice(0, end).entries()) {
      try {
        if ((this.#shunnedUntil.get(server) ?? 0) > steadyClock.now()) throw new Error('it did not take the last message');
        const connection = await open(server);
        this.#isSuspended = index > 0;
        this.#returnAt = steadyClock.now() + this.rule.retryIntervalMs;
        this.#log.info({ server: `${server.host}:${server.port}` }, 'Logs are forwarded');
        return { index, connection };
      } catch (error) {
        this.#log.debug({ server: `${server.host}:${server.port}`, reason: reasonOf(error) }, 'A log server does not answer');
        const isPatient = this.rule.retryCount < 0 || attempt < this.rule.retryCount;
        if (index === 0 && !this.#isSuspended && isPatient) return null;
        if (index === 0) this.#isSuspended = true;
      }
    }
    return null;
  }

  #drop(): void {
    this.#link?.connection.close();
    this.#link = null;
  }
}

function open(server: LogServer): Promise<Link> {
  return server.protocol === 'tcp' ? openStream(server) : openDatagrams(server);
}

/** Lines that end with a newline: what syslog servers take over TCP. */
function openStream({ host, port }: LogServer): Promise<Link> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: CONNECT_TIMEOUT_MS });
    socket.unref();
    const unanswered = (): void => void socket.destroy(new Error('no answer'));
    socket.once('timeout', unanswered);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.setTimeout(0, unanswered);
      socket.setKeepAlive(true, 30_000);
      // Servers say nothing; reading shows when they close.
      socket.resume();
      socket.once('end', () => socket.destroy());
      resolve({ get isOpen() { return !socket.destroyed && socket.writable; }, send: (lines, timeoutMs) => write(socket, lines, timeoutMs), close: () => socket.destroy() });
    });
  });
}

function write(socket: Socket, lines: readonly string[], timeoutMs: number | null): Promise<void> {
  return new Promise((resolve, reject) => {
    const stalled = (): void => {
      reject(new Stalled());
      socket.destroy();
    };
    // It runs out only when nothing at all goes out meanwhile.
    if (timeoutMs !== null) socket.setTimeout(timeoutMs, stalled);
    socket.write(`${lines.join('\n')}\n`, 'latin1', (error) => {
      socket.setTimeout(0, stalled);
      if (error) reject(error);
      else resolve();
    });
  });
}

async function openDatagrams({ host, port }: LogServer): Promise<Link> {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  socket.unref();
  let isOpen = true;
  socket.on('error', () => {
    isOpen = false;
  });
  return {
    get isOpen() { return isOpen; },
    send: async (lines) => {
      for (const line of lines) await sendOne(socket, line, host, port);
    },
    close: () => {
      if (isOpen) socket.close();
      isOpen = false;
    },
  };
}

function sendOne(socket: DatagramSocket, line: string, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(Buffer.from(line, 'latin1'), port, host, (error) => (error ? reject(error) : resolve()));
  });
}
