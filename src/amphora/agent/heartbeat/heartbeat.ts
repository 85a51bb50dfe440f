import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { steadyClock, type Clock } from '../../../lib/clock.ts';
import { reasonOf } from '../../../lib/errors.ts';
import type { Logger } from '../../../telemetry/logger.ts';
import { encode } from '../../protocol/heartbeat-codec.ts';
import type { HeartbeatMessage } from '../../protocol/heartbeat-message.ts';
import type { AgentConfig, ControllerAddress } from '../agent-config.ts';
import type { AgentState } from '../agent-state.ts';
import { readTextOrNull, replaceFile } from '../../../lib/replace-file.ts';
import { Collector } from './collect.ts';
import type { Reading } from './collect.ts';
import { StatCounters } from './counters.ts';
import { FigureCounters } from './figure-counters.ts';

const POLL_MS = 1000;

/** Sends one datagram; failures are the network's, the next heartbeat follows anyway. */
export type SendDatagram = (packet: Buffer, to: ControllerAddress) => void;

export interface HeartbeatOptions {
  readonly state: AgentState;
  /** Only intervals are measured. @default one that is never set: the date of a young machine may leap by hours */
  readonly clock?: Clock;
  readonly send: SendDatagram;
}

/**
 * Tells the health managers how this amphora is: at every heartbeat_interval the next one of the list, and at once when
 * the status of a listener, pool or member has changed.
 */
export class Heartbeat {
  readonly #state: AgentState;
  readonly #clock: Clock;
  readonly #send: SendDatagram;
  readonly #collector: Collector;
  readonly #figures: FigureCounters;
  #counters: StatCounters | null = null;
  #timer: NodeJS.Timeout | null = null;
  #sequence = 0;
  #nextController = 0;
  #lastSentAt = Number.NEGATIVE_INFINITY;
  #lastStatuses = '';
  #busy: Promise<void> = Promise.resolve();
  #isClosed = false;
  #mendedAt: number;
  #mending: Promise<void> = Promise.resolve();

  constructor({ state, clock = steadyClock, send }: HeartbeatOptions) {
    this.#state = state;
    this.#clock = clock;
    this.#send = send;
    this.#collector = new Collector(state, clock);
    this.#figures = new FigureCounters(clock.now());
    this.#mendedAt = clock.now();
  }

  /** Agents of one process spread their looks over the second. */
  start(): void {
    this.#schedule(Math.random() * POLL_MS);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer) clearTimeout(this.#timer);
    await Promise.all([this.#busy, this.#mending]);
  }

  /** One look at everything; sends when it is time or something changed. */
  async tick(): Promise<void> {
    this.#mendInterfaces();
    const reading = await this.#collector.read();
    if (!reading) return;
    const counters = (this.#counters ??= new StatCounters(await readTextOrNull(this.#countersFile)));
    for (const { id, report, process } of reading.listeners) counters.observe(id, report.stats, process);
    this.#figures.observe(reading.figures, this.#clock.now());
    const statuses = statusesOf(reading);
    const config = this.#state.config();
    const isDue = this.#clock.now() - this.#lastSentAt >= config.heartbeatIntervalSeconds * 1000 - POLL_MS / 2;
    if (!isDue && statuses === this.#lastStatuses) return;
    const to = this.#controller(config);
    if (!to) return;
    const message = this.#message(reading, counters);
    this.#send(encode(message, config.heartbeatKey), to);
    this.#lastStatuses = statuses;
    this.#lastSentAt = this.#clock.now();
    await replaceFile(this.#countersFile, counters.serialise(), 0o644);
  }

  /** As often as heartbeats; nobody else would come while nothing is changed. It may take longer than heartbeats may be late. */
  #mendInterfaces(): void {
    const { plugger, serials, log, config } = this.#state;
    if (Object.keys(plugger.broken).length === 0 || this.#clock.now() - this.#mendedAt < config().heartbeatIntervalSeconds * 1000) return;
    this.#mendedAt = Number.POSITIVE_INFINITY;
    this.#mending = serials.network.run(() => plugger.mend())
      .catch((error: unknown) => log.warn({ reason: reasonOf(error) }, 'Interfaces could not be looked at again'))
      .finally(() => { this.#mendedAt = this.#clock.now(); });
  }

  #message(reading: Reading, counters: StatCounters): HeartbeatMessage {
    const listeners = reading.listeners.map(({ id, report }) => [id, { status: report.status, stats: counters.take(id, report.stats) }] as const);
    // IP_VS goes on counting while the keepalived of a listener is started anew.
    counters.keepOnly(new Set([...reading.listeners.map(({ id }) => id), ...reading.l4Listeners]));
    const seq = this.#sequence;
    this.#sequence += 1;
    return { id: this.#state.amphoraId, seq, ver: 3, listeners: Object.fromEntries(listeners), pools: reading.pools, ...this.#extension(reading) };
  }

  /** Nothing while there is no traffic and no member is down. */
  #extension({ failing }: Reading): Pick<HeartbeatMessage, 'extension'> {
    const { seconds, figures } = this.#figures.take(this.#clock.now());
    if (failing.size === 0 && Object.keys(figures).length === 0) return {};
    return { extension: { seconds, figures, failing: Object.fromEntries([...failing].map(([id, { sinceSeconds, reason }]) => [id, [sinceSeconds, reason]])) } };
  }

  #controller({ controllers }: AgentConfig): ControllerAddress | undefined {
    const controller = controllers[this.#nextController % Math.max(controllers.length, 1)];
    this.#nextController += 1;
    return controller;
  }

  get #countersFile(): string {
    return this.#state.paths.onHost(this.#state.paths.statsCounters);
  }

  #schedule(delayMs: number): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#busy = this.tick()
        .catch((error: unknown) => this.#state.log.warn({ reason: reasonOf(error) }, 'Heartbeat could not be made'))
        .finally(() => this.#schedule(POLL_MS));
    }, delayMs);
    this.#timer.unref();
  }
}

/**
 * A sender with one socket for each address family, opened when first needed. A controller that cannot be sent to is told of
 * once, and again when the reason is another one: a heartbeat above 64 KiB would vanish without a word.
 */
export function createDatagramSender(log: Pick<Logger, 'warn'>): { send: SendDatagram; close(): void } {
  const sockets = new Map<'udp4' | 'udp6', Socket>();
  const failures = new Map<string, string>();
  const tell = (to: string, octets: number, error: Error | null): void => {
    if (error === null) return void failures.delete(to);
    const reason = 'code' in error ? String(error.code) : error.message;
    if (failures.get(to) !== reason) log.warn({ to, octets, reason }, 'Heartbeat could not be sent');
    failures.set(to, reason);
  };
  return {
    send(packet, { host, port }) {
      const family = isIPv6(host) ? 'udp6' : 'udp4';
      let socket = sockets.get(family);
      if (!socket) {
        socket = createSocket(family);
        // Unreachable while the network comes up: as with the original, the next heartbeat tells.
        socket.on('error', () => undefined);
        socket.unref();
        sockets.set(family, socket);
      }
      socket.send(packet, port, host, (error) => tell(`${host} ${port}`, packet.length, error));
    },
    close() {
      for (const socket of sockets.values()) socket.close();
      sockets.clear();
    },
  };
}

function statusesOf({ listeners, pools }: Reading): string {
  return JSON.stringify([listeners.map(({ id, report }) => [id, report.status]), pools]);
}
