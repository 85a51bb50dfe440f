import { chmod, mkdir, open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { basename, dirname, join } from 'node:path';
import type { Logger } from '../../../telemetry/logger.ts';
import { LogFile } from './log-file.ts';
import { LogForwarder } from './log-forwarder.ts';
import type { LogRules } from './log-rules.ts';
import { localPriority, priorityOf, SEVERITY } from './syslog-selector.ts';

/** Longest line that is kept while its end has not come; haproxy's are at most 1024 bytes. */
const MAX_PART_BYTES = 65_536;

export interface LogCollectorOptions {
  /** Unix socket to which haproxy sends its log as a stream of lines. */
  readonly socketPath: string;
  /** Directory of octavia-tenant-traffic.log and octavia-amphora.log. */
  readonly directory: string;
  readonly rules: LogRules;
  /** Facility local0 to local7 of traffic logs. */
  readonly userFacility: number;
  readonly log: Logger;
}

/**
 * The syslog of an amphora that has none of its own: takes haproxy's lines and the agent's, keeps them in files, and
 * forwards them as the amphora's logging configuration says.
 */
export class LogCollector {
  readonly #options: LogCollectorOptions;
  readonly #traffic: LogFile;
  readonly #own: LogFile;
  readonly #forwarders: readonly LogForwarder[];
  readonly #trafficPriority: number;
  readonly #connections = new Set<Socket>();
  #server: Server | null = null;
  #directory: FileHandle | null = null;
  #isClosed = false;

  constructor(options: LogCollectorOptions) {
    this.#options = options;
    this.#traffic = new LogFile(join(options.directory, 'octavia-tenant-traffic.log'));
    this.#own = new LogFile(join(options.directory, 'octavia-amphora.log'));
    this.#forwarders = options.rules.rules.map((rule) => new LogForwarder(rule, options.log));
    this.#trafficPriority = localPriority(options.userFacility, SEVERITY.info);
    for (const selector of options.rules.ignored) options.log.warn({ selector }, 'Logs cannot be forwarded as configured');
  }

  /** Listens; a socket that a former agent left behind is replaced, and haproxy connects again by itself. */
  async open(): Promise<void> {
    const { socketPath, log } = this.#options;
    await mkdir(dirname(socketPath), { recursive: true, mode: 0o755 });
    await rm(socketPath, { force: true });
    // Through the open directory the address stays short enough, however deep the amphora's root lies.
    this.#directory = await open(dirname(socketPath), 'r');
    const server = createServer((socket) => this.#take(socket));
    const path = `/proc/self/fd/${this.#directory.fd}/${basename(socketPath)}`;
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
    server.on('error', (error) => log.error({ reason: error.message }, 'Logs of haproxy cannot be taken'));
    // haproxy writes as nobody.
    await chmod(socketPath, 0o666);
    server.unref();
    this.#server = server;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const socket of this.#connections) socket.destroy();
    this.#server?.close();
    await Promise.all([...this.#forwarders.map((forwarder) => forwarder.close()), this.#traffic.close(), this.#own.close()]);
    await this.#directory?.close();
  }

  /** Syslog lines (latin1), each beginning with its `<priority>`. After the end they are dropped: the amphora's directory may be gone. */
  record(lines: readonly string[]): void {
    if (this.#isClosed) return;
    const traffic: string[] = [];
    const own: string[] = [];
    const { rules } = this.#options;
    for (const line of lines) {
      const end = line.indexOf('>') + 1;
      if (priorityOf(line) === this.#trafficPriority) traffic.push(line.slice(end));
      else own.push(line.slice(end));
    }
    if (rules.keepsFiles) {
      if (traffic.length > 0) this.#traffic.append(traffic);
      if (own.length > 0) this.#own.append(own);
    }
    for (const forwarder of this.#forwarders) {
      const selected = lines.filter((line) => forwarder.rule.selects(priorityOf(line) ?? -1));
      if (selected.length > 0) forwarder.push(selected);
    }
  }

  #take(socket: Socket): void {
    let rest = '';
    socket.setEncoding('latin1');
    socket.unref();
    this.#connections.add(socket);
    socket.on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > MAX_PART_BYTES) rest = '';
      const whole = lines.filter((line) => line !== '');
      if (whole.length > 0) this.record(whole);
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#connections.delete(socket));
  }
}
