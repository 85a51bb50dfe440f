import { EventEmitter } from 'node:events';
import type { ChannelModel } from 'amqplib';
import { expect, it, vi } from 'vitest';
import { silentLogger } from '../telemetry/logger.ts';
import { keepConnected, type BrokerConnection } from './broker-connection.ts';
import { parseTransportUrl } from './transport-url.ts';

const opened = vi.hoisted(() => [] as EventEmitter[]);
const sockets = vi.hoisted(() => [] as { checkServerIdentity?: () => undefined }[]);

vi.mock('amqplib', async (original) => ({
  ...(await original<object>()),
  connect: async (_url: unknown, socket: object) => {
    sockets.push(socket);
    const connection = Object.assign(new EventEmitter(), { close: async () => undefined });
    opened.push(connection);
    return connection;
  },
}));

it.each<[string, (broker: () => BrokerConnection, connection: ChannelModel) => void]>([
  ['a channel on it breaks', (broker, connection) => broker().renew(connection)],
  ['the broker closes it', (_broker, connection) => connection.emit('close', new Error('shutting down'))],
])('a connection is given up for a new one when %s before all is set up', async (_what, breakIt) => {
  opened.length = 0;
  let tornDown = 0;
  const broker: BrokerConnection = keepConnected({
    url: parseTransportUrl('rabbit://h/'), rabbit: { rabbit_retry_interval: 0 }, name: 'test', log: silentLogger, tearDown: () => (tornDown += 1),
    async setUp(connection) {
      await Promise.resolve();
      if (opened.length === 1) breakIt(() => broker, connection);
    },
  });
  await broker.firstAttempt;
  expect(tornDown).toBe(1);
  await vi.waitFor(() => expect(broker.current()).toBe(opened[1]), { timeout: 15_000 });
  await broker.close();
});

it.each([[true, {}], [true, { ssl_enforce_hostname_verification: true }], [false, { ssl_enforce_hostname_verification: false }]])('checks the name in the broker\'s certificate: %s with %j', async (isChecked, options) => {
  const broker = keepConnected({ url: parseTransportUrl('rabbit://h/'), rabbit: { ssl: true, ...options }, name: 'test', log: silentLogger, setUp: async () => undefined, tearDown: () => undefined });
  await broker.firstAttempt;
  // Without a check of our own Node looks at the name.
  expect(sockets.at(-1)?.checkServerIdentity === undefined).toBe(isChecked);
  await broker.close();
});
