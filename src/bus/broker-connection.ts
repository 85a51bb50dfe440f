import { readFile } from 'node:fs/promises';
import { connect, credentials, type ChannelModel } from 'amqplib';
import { reasonOf } from '../lib/errors.ts';
import type { Logger } from '../telemetry/logger.ts';
import { BusUnavailable } from './errors.ts';
import type { RabbitOptions } from './rabbit-options.ts';
import type { BrokerAddress, TransportUrl } from './transport-url.ts';

export interface BrokerConnectionOptions {
  readonly url: TransportUrl;
  /** With those of the URL, see `rabbitOptionsOf`. */
  readonly rabbit: RabbitOptions;
  /** Shown in the broker's list of connections. */
  readonly name: string;
  readonly log: Logger;
  /** Called after each connect; a failure counts as a failed attempt. */
  readonly setUp: (connection: ChannelModel) => Promise<void>;
  /** Called when what was set up is no more. */
  readonly tearDown: () => void;
}

/** A connection that comes back: broker after broker, with growing pauses, until it is closed. */
export interface BrokerConnection {
  /** Resolves after the first attempt, successful or not. */
  readonly firstAttempt: Promise<void>;
  /** Throws BusUnavailable while there is none, or while the broker refuses messages (memory or disk alarm). */
  current(): ChannelModel;
  /** Gives up this connection for a new one, because something on it broke; does nothing when it is given up already. */
  renew(broken: ChannelModel): void;
  close(): Promise<void>;
}

const FIRST_PAUSE_MS = 100;
const CONNECT_TIMEOUT_MS = 10_000;

/** amqplib's own recovery knows one broker only; a transport_url may name several. */
export function keepConnected(options: BrokerConnectionOptions): BrokerConnection {
  const { url, rabbit, log } = options;
  let connection: ChannelModel | null = null;
  /** What is being set up, until it breaks. */
  let coming: ChannelModel | null = null;
  let blockedBy: string | null = null;
  let lastReason = 'not connected yet';
  let isClosed = false;
  let failures = 0;
  let next = 0;
  let timer: NodeJS.Timeout | null = null;

  const lost = (reason: string) => {
    if (connection === null) return;
    connection = null;
    blockedBy = null;
    lastReason = reason;
    options.tearDown();
    if (isClosed) return;
    log.warn({ reason }, 'Lost the connection to the message broker');
    // A short pause: what broke a channel may break the next one too.
    schedule(FIRST_PAUSE_MS);
  };
  const attempt = async () => {
    const broker = url.brokers[next % url.brokers.length];
    next += 1;
    if (broker === undefined || isClosed) return;
    let opened: ChannelModel | null = null;
    try {
      opened = await open(broker, options);
      const model = opened;
      coming = model;
      model.on('error', (error) => (lastReason = error.message));
      model.on('close', (error) => {
        if (connection === model) lost(error?.message ?? lastReason);
        else if (coming === model) coming = null;
      });
      model.on('blocked', (reason) => (blockedBy = reason));
      model.on('unblocked', () => (blockedBy = null));
      await options.setUp(model);
      if (isClosed) return await model.close();
      // Nobody tells again of what broke meanwhile: it would look connected for ever.
      if (coming !== model) throw new BusUnavailable('the connection broke while it was set up');
      coming = null;
      connection = model;
      failures = 0;
      log.info({ host: broker.host, port: broker.port }, 'Connected to the message broker');
    } catch (error) {
      failures += 1;
      lastReason = reasonOf(error);
      log.warn({ host: broker.host, port: broker.port, reason: lastReason, attempt: failures }, 'Cannot use the message broker');
      options.tearDown();
      await closeQuietly(opened, log);
      // The other brokers are tried at once, the pause comes after the round.
      schedule(failures % url.brokers.length === 0 ? pauseMs(failures / url.brokers.length, rabbit) : 0);
    }
  };
  const schedule = (delayMs: number) => {
    if (!isClosed) timer = setTimeout(() => void attempt(), delayMs);
  };
  const firstAttempt = attempt();

  return {
    firstAttempt,
    current() {
      if (connection === null) throw new BusUnavailable(isClosed ? 'the bus is closed' : lastReason);
      if (blockedBy !== null) throw new BusUnavailable(`the broker accepts no messages (${blockedBy})`);
      return connection;
    },
    renew(broken) {
      if (coming === broken) coming = null;
      if (connection !== broken) return;
      lost('a channel was closed');
      void closeQuietly(broken, log);
    },
    async close() {
      isClosed = true;
      if (timer !== null) clearTimeout(timer);
      const open = connection;
      connection = null;
      options.tearDown();
      await closeQuietly(open, log);
    },
  };
}

/** rabbit_retry_interval seconds, rabbit_retry_backoff more each time, at most rabbit_interval_max; spread a little. */
export function pauseMs(round: number, rabbit: RabbitOptions, random: () => number = Math.random): number {
  const seconds = Math.min((rabbit.rabbit_retry_interval ?? 1) + (rabbit.rabbit_retry_backoff ?? 2) * (round - 1), rabbit.rabbit_interval_max ?? 30);
  return seconds * 1000 * (1 + random() * 0.2);
}

async function open(broker: BrokerAddress, { url, rabbit, name }: BrokerConnectionOptions): Promise<ChannelModel> {
  const isTls = rabbit.ssl === true;
  return await connect(
    {
      protocol: isTls ? 'amqps' : 'amqp', hostname: broker.host, port: broker.port ?? (isTls ? 5671 : 5672),
      vhost: encodeURIComponent(url.virtualHost === '' ? '/' : url.virtualHost), heartbeat: rabbit.heartbeat_timeout_threshold ?? 60,
    },
    {
      timeout: CONNECT_TIMEOUT_MS, noDelay: true, keepAlive: true, clientProperties: { connection_name: name },
      credentials: rabbit.rabbit_login_method === 'EXTERNAL' ? credentials.external() : credentials.plain(broker.username ?? 'guest', broker.password ?? 'guest'),
      ...(isTls && (await tlsFiles(rabbit))),
      // Its chain is proved all the same.
      ...(rabbit.ssl_enforce_hostname_verification === false && { checkServerIdentity: () => undefined }),
    },
  );
}

/** Read at each connect: certificates are renewed in place. */
async function tlsFiles(rabbit: RabbitOptions): Promise<{ ca?: Buffer; cert?: Buffer; key?: Buffer }> {
  return {
    ...(rabbit.ssl_ca_file && { ca: await readFile(rabbit.ssl_ca_file) }),
    ...(rabbit.ssl_cert_file && { cert: await readFile(rabbit.ssl_cert_file) }),
    ...(rabbit.ssl_key_file && { key: await readFile(rabbit.ssl_key_file) }),
  };
}

async function closeQuietly(connection: ChannelModel | null, log: Logger): Promise<void> {
  try {
    await connection?.close();
  } catch (error) {
    log.debug({ reason: reasonOf(error) }, 'The connection to the message broker was closed already');
  }
}
