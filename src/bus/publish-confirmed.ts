import type { ConfirmChannel } from 'amqplib';
import { reasonOf } from '../lib/errors.ts';
import { BusUnavailable } from './errors.ts';
import { OSLO_PROPERTIES } from './oslo-envelope.ts';

/** How long the broker may take to confirm a message. */
const CONFIRM_TIMEOUT_MS = 10_000;

/** Publishes and waits until the broker has taken the message. Throws BusUnavailable. */
export async function publishConfirmed(channel: ConfirmChannel, exchange: string, routingKey: string, content: Buffer): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new BusUnavailable('the broker does not confirm messages')), CONFIRM_TIMEOUT_MS);
    const done = (error: unknown) => {
      clearTimeout(timer);
      if (error === null || error === undefined) resolve();
      else reject(new BusUnavailable(reasonOf(error), error));
    };
    try {
      channel.publish(exchange, routingKey, content, OSLO_PROPERTIES, done);
    } catch (error) {
      done(error);
    }
  });
}
