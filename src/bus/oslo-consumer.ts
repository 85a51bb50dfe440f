import { randomUUID } from 'node:crypto';
import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import { reasonOf } from '../lib/errors.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Cast } from './bus.ts';
import { createDeclarer } from './declare.ts';
import { BadEnvelope } from './oslo-envelope.ts';
import { exchangeOptions, fanoutExchangeOptions, fanoutQueueOptions, topicQueueOptions, type RabbitOptions } from './rabbit-options.ts';
import { createRecentIds } from './recent-ids.ts';
import { decodeCast } from './rpc-casts.ts';

export interface OsloConsumerOptions {
  readonly exchange: string;
  readonly topic: string;
  readonly host: string;
  readonly rabbit: RabbitOptions;
  readonly log: Logger;
  readonly handler: (cast: Cast) => void;
  /** The broker ended the delivery: everything is to be set up anew. */
  readonly onBroken: (connection: ChannelModel) => void;
}

/** One server's three queues: the shared one, `<topic>.<host>` and its own fanout queue. */
export interface OsloConsumer {
  /** Declares, binds and consumes; called again after each reconnect. */
  attach(connection: ChannelModel): Promise<void>;
  /** Stops delivery; the queues stay, as the original leaves them. */
  stop(): Promise<void>;
}

export function startConsumer(options: OsloConsumerOptions): OsloConsumer {
  const { exchange, topic, rabbit, log } = options;
  const recent = createRecentIds();
  const fanout = `${topic}_fanout`;
  const fanoutQueue = `${fanout}_${randomUUID().replaceAll('-', '')}`;
  let channel: Channel | null = null;
  let isStopped = false;

  const receive = (connection: ChannelModel, from: Channel, message: ConsumeMessage | null) => {
    if (message === null) {
      // The queue was deleted or moved to another node of the cluster.
      log.warn({ topic }, 'The message broker ended the delivery of casts');
      options.onBroken(connection);
      return;
    }
    try {
      deliver(options, recent, message);
    } finally {
      if (channel === from) from.ack(message);
    }
  };

  return {
    async attach(connection) {
      if (isStopped) return;
      const declare = createDeclarer(connection, log);
      await declare.exchange(exchange, 'topic', exchangeOptions(rabbit));
      await declare.exchange(fanout, 'fanout', fanoutExchangeOptions(rabbit));
      for (const queue of [topic, `${topic}.${options.host}`]) await declare.queue(queue, topicQueueOptions(rabbit));
      await declare.queue(fanoutQueue, fanoutQueueOptions(rabbit));
      const opened = await connection.createChannel();
      opened.on('error', (error) => log.warn({ reason: error.message }, 'The message broker closed the channel of casts'));
      opened.on('close', () => {
        if (channel === opened) options.onBroken(connection);
      });
      channel = opened;
      await opened.prefetch(rabbit.rabbit_qos_prefetch_count ?? 0);
      await opened.bindQueue(topic, exchange, topic);
      await opened.bindQueue(`${topic}.${options.host}`, exchange, `${topic}.${options.host}`);
      await opened.bindQueue(fanoutQueue, fanout, '');
      for (const queue of [topic, `${topic}.${options.host}`, fanoutQueue]) await opened.consume(queue, (message) => receive(connection, opened, message));
    },
    async stop() {
      isStopped = true;
      const open = channel;
      channel = null;
      try {
        await open?.close();
      } catch (error) {
        log.debug({ reason: reasonOf(error) }, 'The channel of casts was closed already');
      }
    },
  };
}

/** A cast is only a hint: what cannot be used is told and dropped, never delivered again. */
function deliver({ log, handler }: OsloConsumerOptions, recent: ReturnType<typeof createRecentIds>, message: ConsumeMessage): void {
  try {
    const decoded = decodeCast(message.content);
    if (decoded.kind === 'unknown') {
      log.warn({ method: decoded.method, namespace: decoded.namespace }, 'Dropped a message with an unknown method');
      return;
    }
    if (decoded.uniqueId !== null && !recent.isNew(decoded.uniqueId)) {
      log.debug({ method: decoded.cast.method, uniqueId: decoded.uniqueId }, 'Dropped a cast that was delivered twice');
      return;
    }
    handler(decoded.cast);
  } catch (error) {
    if (error instanceof BadEnvelope) log.warn({ reason: error.message }, 'Dropped a message that is no cast');
    else log.error({ err: error }, 'Handling a cast failed');
  }
}
