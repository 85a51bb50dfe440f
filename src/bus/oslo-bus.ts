import { randomUUID } from 'node:crypto';
import type { ChannelModel, ConfirmChannel } from 'amqplib';
import { reasonOf } from '../lib/errors.ts';
import { silentLogger, type Logger } from '../telemetry/logger.ts';
import { keepConnected, type BrokerConnection } from './broker-connection.ts';
import type { Bus } from './bus.ts';
import { startConsumer, type OsloConsumer } from './oslo-consumer.ts';
import { createDeclarer } from './declare.ts';
import { BusUnavailable } from './errors.ts';
import { publishConfirmed } from './publish-confirmed.ts';
import { exchangeOptions, rabbitOptionsOf, type RabbitOptions } from './rabbit-options.ts';
import { encodeCast } from './rpc-casts.ts';
import { parseTransportUrl } from './transport-url.ts';

export interface OsloBusOptions {
  /** Name of this server on the queue `<topic>.<host>` ([DEFAULT] host). */
  readonly host: string;
  /** [DEFAULT] control_exchange. @default 'octavia' */
  readonly exchange?: string;
  /** @default 'octavia_provisioning_v2' */
  readonly topic?: string;
  readonly rabbit?: RabbitOptions;
  readonly log?: Logger;
}

/**
 * The control bus of the original: oslo.messaging over RabbitMQ. Resolves after the first attempt to connect even when
 * it failed: the connection is tried for ever, and until it stands `cast` rejects with BusUnavailable at once. Throws
 * BadTransportUrl.
 */
export async function connectOsloBus(transportUrl: string, options: OsloBusOptions): Promise<Bus> {
  const { exchange = 'octavia', topic = 'octavia_provisioning_v2', log = silentLogger } = options;
  const url = parseTransportUrl(transportUrl);
  const rabbit = rabbitOptionsOf(options.rabbit ?? {}, url);
  const consumers = new Set<OsloConsumer>();
  let publisher: ConfirmChannel | null = null;

  const setUp = async (connection: ChannelModel) => {
    await createDeclarer(connection, log).exchange(exchange, 'topic', exchangeOptions(rabbit));
    const channel = await connection.createConfirmChannel();
    channel.on('error', (error) => log.warn({ reason: error.message }, 'The message broker closed the channel for casts'));
    channel.on('close', () => {
      if (publisher === channel) broker.renew(connection);
    });
    publisher = channel;
    for (const consumer of consumers) await consumer.attach(connection);
  };
  const broker: BrokerConnection = keepConnected({ url, rabbit, name: `octavia:${options.host}`, log, setUp, tearDown: () => (publisher = null) });
  await broker.firstAttempt;
  /** A consumer that cannot be set up now is set up with the next connection. */
  const attachOrRenew = async (consumer: OsloConsumer, connection: ChannelModel) => {
    try {
      await consumer.attach(connection);
    } catch (error) {
      log.warn({ reason: reasonOf(error) }, 'Casts cannot be consumed yet');
      broker.renew(connection);
    }
  };

  return {
    async cast(cast) {
      broker.current();
      if (publisher === null) throw new BusUnavailable('not connected');
      await publishConfirmed(publisher, exchange, topic, encodeCast(cast, randomUUID().replaceAll('-', '')));
    },
    async consume(handler) {
      const consumer = startConsumer({ exchange, topic, host: options.host, rabbit, log, handler, onBroken: (connection) => broker.renew(connection) });
      consumers.add(consumer);
      const connection = connectedOrNull(broker);
      if (connection !== null) await attachOrRenew(consumer, connection);
      return async () => {
        consumers.delete(consumer);
        await consumer.stop();
      };
    },
    async close() {
      for (const consumer of consumers) await consumer.stop();
      consumers.clear();
      await broker.close();
    },
  };
}

function connectedOrNull(broker: { current(): ChannelModel }): ChannelModel | null {
  try {
    return broker.current();
  } catch (error) {
    if (error instanceof BusUnavailable) return null;
    throw error;
  }
}
