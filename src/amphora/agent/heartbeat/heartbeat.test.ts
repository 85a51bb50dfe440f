import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatagramSender } from './heartbeat.ts';

const receiver = createSocket('udp4');
beforeAll(async () => {
  receiver.bind(0, '127.0.0.1');
  await once(receiver, 'listening');
});
afterAll(() => void receiver.close());

test('a heartbeat that is too long is told of once, with its size, and again after one that got through', async () => {
  const told: object[] = [];
  let wake = (): void => undefined;
  const sender = createDatagramSender({ warn: (fields: object) => { told.push(fields); wake(); } });
  const to = { host: '127.0.0.1', port: receiver.address().port };
  const refused = async (octets: number): Promise<void> => {
    const isTold = new Promise<void>((resolve) => { wake = resolve; });
    sender.send(Buffer.alloc(octets), to);
    await isTold;
  };
  const arrives = async (): Promise<void> => {
    sender.send(Buffer.from('alive'), to);
    expect(String((await once(receiver, 'message'))[0])).toBe('alive');
  };
  const entry = (octets: number): object => ({ to: `127.0.0.1 ${to.port}`, octets, reason: 'EMSGSIZE' });
  await refused(70_000);
  sender.send(Buffer.alloc(70_001), to);
  await arrives();
  await refused(70_002);
  expect(told).toEqual([entry(70_000), entry(70_002)]);
  sender.close();
});
