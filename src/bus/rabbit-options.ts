import type { Options } from 'amqplib';
import type { Config } from '../config/config.ts';
import { BadValue, type Option } from '../config/options/option.ts';
import { osloMessagingRabbitOptions } from '../config/options/oslo-messaging.ts';
import { BadTransportUrl, type TransportUrl } from './transport-url.ts';

/** [oslo_messaging_rabbit]; what is absent has the option's default. */
export type RabbitOptions = Partial<Config['oslo_messaging_rabbit']>;

const table: Readonly<Record<string, Option<unknown>>> = osloMessagingRabbitOptions;

/** The options that count for one transport URL: `?ssl=1&ssl_ca_file=...` wins over the file, as in oslo.messaging. Throws BadTransportUrl. */
export function rabbitOptionsOf(rabbit: RabbitOptions, { query }: TransportUrl): RabbitOptions {
  const given = Object.entries(query).flatMap(([name, text]) => {
    const option = table[name];
    // An empty one is none: Python's parse_qs leaves it out.
    return option === undefined || text === '' ? [] : [[name, parsed(name, text, option)]];
  });
  return { ...rabbit, ...(Object.fromEntries(given) as RabbitOptions) };
}

function parsed(name: string, text: string, option: Option<unknown>): unknown {
  try {
    return option.parse(text);
  } catch (error) {
    if (error instanceof BadValue) throw new BadTransportUrl(`${name}=${text} ${error.message}`);
    throw error;
  }
}

/** The control exchange and notification exchange. */
export function exchangeOptions(rabbit: RabbitOptions): Options.AssertExchange {
  return { durable: isDurable(rabbit), autoDelete: rabbit.amqp_auto_delete ?? false };
}

/** Queues that live on without consumers (upstream oslo_messaging/_drivers/impl_rabbit.py). */
export function topicQueueOptions(rabbit: RabbitOptions): Options.AssertQueue {
  return {
    durable: isDurable(rabbit), autoDelete: rabbit.amqp_auto_delete ?? false,
    arguments: { ...mirrored(rabbit), ...(rabbit.rabbit_quorum_queue === true && quorum(rabbit)) },
  };
}

export function fanoutExchangeOptions(rabbit: RabbitOptions): Options.AssertExchange {
  return { durable: rabbit.rabbit_transient_quorum_queue ?? false, autoDelete: true };
}

/** One consumer's queue: it vanishes when unused for rabbit_transient_queues_ttl. */
export function fanoutQueueOptions(rabbit: RabbitOptions): Options.AssertQueue {
  const ttlSeconds = rabbit.rabbit_transient_queues_ttl ?? 1800;
  return {
    durable: rabbit.rabbit_transient_quorum_queue ?? false, autoDelete: false,
    arguments: { ...mirrored(rabbit), ...(rabbit.rabbit_transient_quorum_queue === true && quorum(rabbit)), ...(ttlSeconds > 0 && { 'x-expires': ttlSeconds * 1000 }) },
  };
}

/** Quorum queues are always durable. */
function isDurable(rabbit: RabbitOptions): boolean {
  return (rabbit.amqp_durable_queues ?? false) || (rabbit.rabbit_quorum_queue ?? false);
}

function mirrored(rabbit: RabbitOptions): Record<string, string> {
  return rabbit.rabbit_ha_queues === true ? { 'x-ha-policy': 'all' } : {};
}

function quorum(rabbit: RabbitOptions): Record<string, string | number> {
  const limit = (key: string, value: number | undefined) => (value !== undefined && value > 0 ? { [key]: value } : {});
  return {
    'x-queue-type': 'quorum',
    ...limit('x-delivery-limit', rabbit.rabbit_quorum_delivery_limit),
    ...limit('x-max-in-memory-length', rabbit.rabbit_quorum_max_memory_length),
    ...limit('x-max-in-memory-bytes', rabbit.rabbit_quorum_max_memory_bytes),
  };
}
