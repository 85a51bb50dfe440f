import type { Channel, ChannelModel, Options } from 'amqplib';
import type { Logger } from '../telemetry/logger.ts';

export interface Declarer {
  exchange(name: string, type: 'topic' | 'fanout', options: Options.AssertExchange): Promise<void>;
  queue(name: string, options: Options.AssertQueue): Promise<void>;
}

/**
 * Declares exchanges and queues. One that another service made with other options (durable or not, quorum or not) is
 * used as it is: the broker refuses a second opinion and closes the channel, so each declaration has a channel of its own.
 */
export function createDeclarer(connection: ChannelModel, log: Logger): Declarer {
  const declare = async (name: string, assert: (channel: Channel) => Promise<unknown>, check: (channel: Channel) => Promise<unknown>) => {
    try {
      await withChannel(connection, log, assert);
    } catch (error) {
      if (!isPreconditionFailed(error)) throw error;
      log.warn({ name, reason: error.message }, 'The message broker has this with other options; using it as it is');
      await withChannel(connection, log, check);
    }
  };
  return {
    exchange: (name, type, options) => declare(name, (channel) => channel.assertExchange(name, type, options), (channel) => channel.checkExchange(name)),
    queue: (name, options) => declare(name, (channel) => channel.assertQueue(name, options), (channel) => channel.checkQueue(name)),
  };
}

async function withChannel(connection: ChannelModel, log: Logger, work: (channel: Channel) => Promise<unknown>): Promise<void> {
  const channel = await connection.createChannel();
  // Without a listener the refusal would end the process; it also rejects the work.
  channel.on('error', (error) => log.debug({ reason: error.message }, 'The message broker closed a channel'));
  await work(channel);
  await channel.close();
}

function isPreconditionFailed(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 406;
}
