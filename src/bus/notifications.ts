import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { ChannelModel, ConfirmChannel } from 'amqplib';
import type { Config } from '../config/config.ts';
import { systemClock, type Clock } from '../lib/clock.ts';
import { OctaviaError, reasonOf } from '../lib/errors.ts';
import { silentLogger, type Logger } from '../telemetry/logger.ts';
import { keepConnected, type BrokerConnection } from './broker-connection.ts';
import { createDeclarer } from './declare.ts';
import { BusUnavailable } from './errors.ts';
import { publishConfirmed } from './publish-confirmed.ts';
import { sealMessage } from './oslo-envelope.ts';
import { pythonJson } from './python-json.ts';
import { exchangeOptions, rabbitOptionsOf, topicQueueOptions, type RabbitOptions } from './rabbit-options.ts';
import { parseTransportUrl } from './transport-url.ts';

/** The events of the original (contracts section 9), and those of keystonemiddleware's audit. */
export type NotificationType =
  | 'octavia.loadbalancer.create.end' | 'octavia.loadbalancer.update.end' | 'octavia.loadbalancer.delete.end' | 'audit.http.request' | 'audit.http.response';

export interface Notification {
  readonly type: NotificationType;
  readonly projectId: string | null;
  /** The load balancer in the form of the provider interface (contracts section 17.4), or a CADF event. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** Which process says so. @default nobody, as with the load balancers of the original */
  readonly publisher?: string;
  /** Sent in an administrator's context, as audit events are. @default false */
  readonly isAdmin?: boolean;
}

export interface Notifier {
  /** Takes the notification and returns at once; it is sent in its turn. */
  notify(notification: Notification): void;
  /** Tries to send what waits, once, and ends. */
  close(): Promise<void>;
}

export interface NotifierOptions {
  /** [oslo_messaging_notifications], or what stands for it. */
  readonly settings: Pick<Config['oslo_messaging_notifications'], 'driver' | 'transport_url' | 'topics' | 'retry'>;
  /** [DEFAULT] transport_url, when the group above names none. */
  readonly transportUrl: string;
  /** [DEFAULT] control_exchange. @default 'octavia' */
  readonly exchange?: string;
  readonly rabbit?: RabbitOptions;
  readonly clock?: Clock;
  readonly log?: Logger;
}

const BACKLOG = 1000;
const RETRY_AFTER_MS = 1000;
const DRIVERS = ['messaging', 'messagingv2', 'log', 'noop', 'test'];

/** Sends oslo.messaging notifications with the configured drivers; without any, none. Throws for an unknown driver or a bad URL. */
export function createNotifier(options: NotifierOptions): Notifier {
  const { settings, log = silentLogger, clock = systemClock } = options;
  for (const driver of settings.driver) {
    if (!DRIVERS.includes(driver)) throw new OctaviaError('unknown-notification-driver', `There is no notification driver ${driver}; choose one of ${DRIVERS.join(', ')}.`);
  }
  const formats = (['messaging', 'messagingv2'] as const).filter((format) => settings.driver.includes(format));
  const sender = formats.length === 0 ? null : createSender(options, log);
  const waiting: Buffer[] = [];
  let draining: Promise<void> | null = null;
  let isClosing = false;

  const drain = async () => {
    for (let failures = 0; waiting.length > 0; ) {
      const [content] = waiting;
      if (content === undefined || sender === null) return;
      try {
        await sender.send(content);
        waiting.shift();
        failures = 0;
      } catch (error) {
        failures += 1;
        const isGivenUp = isClosing || (settings.retry >= 0 && failures > settings.retry);
        if (!isGivenUp) {
          await pause(RETRY_AFTER_MS);
          continue;
        }
        log.warn({ reason: reasonOf(error), attempts: failures }, 'A notification could not be sent');
        waiting.shift();
        failures = 0;
      }
    }
  };
  const drainInBackground = () => {
    draining ??= drain().finally(() => (draining = null));
  };

  return {
    notify(notification) {
      const message = messageOf(notification, clock);
      if (settings.driver.includes('log')) log.info({ event: notification.type, notification: message }, 'Notification');
      for (const format of formats) waiting.push(encode(message, notification, format));
      while (waiting.length > BACKLOG) {
        waiting.shift();
        log.warn({ backlog: BACKLOG }, 'Too many notifications wait; the oldest is dropped');
      }
      drainInBackground();
    },
    async close() {
      isClosing = true;
      drainInBackground();
      await draining;
      await sender?.close();
    },
  };
}

function createSender({ settings, transportUrl, exchange = 'octavia', rabbit: written = {} }: NotifierOptions, log: Logger) {
  const url = parseTransportUrl(settings.transport_url ?? transportUrl);
  const rabbit = rabbitOptionsOf(written, url);
  // The original's notifier sends with priority INFO only.
  const routingKeys = settings.topics.map((topic) => `${topic}.info`);
  let channel: ConfirmChannel | null = null;
  const setUp = async (connection: ChannelModel) => {
    const declare = createDeclarer(connection, log);
    await declare.exchange(exchange, 'topic', exchangeOptions(rabbit));
    const opened = await connection.createConfirmChannel();
    opened.on('error', (error) => log.warn({ reason: error.message }, 'The message broker closed the channel of notifications'));
    opened.on('close', () => {
      if (channel === opened) broker.renew(connection);
    });
    // A queue of their own name keeps notifications until somebody comes to read them (upstream).
    for (const key of routingKeys) {
      await declare.queue(key, topicQueueOptions(rabbit));
      await opened.bindQueue(key, exchange, key);
    }
    channel = opened;
  };
  const broker: BrokerConnection = keepConnected({ url, rabbit, name: 'octavia:notifications', log, setUp, tearDown: () => (channel = null) });
  return {
    async send(content: Buffer) {
      await broker.firstAttempt;
      broker.current();
      if (channel === null) throw new BusUnavailable('not connected');
      for (const key of routingKeys) await publishConfirmed(channel, exchange, key, content);
    },
    close: () => broker.close(),
  };
}

function messageOf({ type, payload, publisher }: Notification, clock: Clock): Record<string, unknown> {
  const timestamp = `${new Date(clock.now()).toISOString().slice(0, -1).replace('T', ' ')}000`;
  return { message_id: randomUUID(), publisher_id: publisher ?? null, event_type: type, priority: 'INFO', payload, timestamp };
}

function encode(message: Record<string, unknown>, notification: Notification, format: 'messaging' | 'messagingv2'): Buffer {
  const uniqueId = randomUUID().replaceAll('-', '');
  const context = contextOf(notification);
  if (format === 'messagingv2') return sealMessage(message, uniqueId, context);
  const packed = Object.fromEntries(Object.entries(context).map(([key, value]) => [`_context_${key}`, value]));
  return Buffer.from(pythonJson({ ...message, _unique_id: uniqueId, ...packed }), 'utf8');
}

/** What oslo.context makes of a context that knows its project, or nothing but its rights. */
function contextOf({ projectId, isAdmin = false }: Notification): Record<string, unknown> {
  return {
    user: null, project_id: projectId, system_scope: null, project: projectId, domain: null, user_domain: null, project_domain: null, is_admin: isAdmin, read_only: false,
    show_deleted: false, auth_token: null, request_id: `req-${randomUUID()}`, global_request_id: null, resource_uuid: null, roles: [],
    user_identity: `- ${projectId ?? '-'} - - -`, is_admin_project: true,
  };
}
