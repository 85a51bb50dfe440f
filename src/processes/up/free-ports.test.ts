import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { requireFreeHeartbeatPort, requireFreePort } from './free-ports.ts';

test('a port of the API that somebody listens on is named with the option that changes it', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as { port: number };
  await expect(requireFreePort({ host: '127.0.0.1', port })).rejects.toThrow(`127.0.0.1:${port} is taken by another program; choose another with --listen.`);
  holder.close();
  await once(holder, 'close');
  await expect(requireFreePort({ host: '127.0.0.1', port })).resolves.toBeUndefined();
});

test('so is a port of heartbeats, which another up would have, and it is free afterwards', async () => {
  const holder = createSocket('udp4').bind(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address();
  await expect(requireFreeHeartbeatPort({ host: '127.0.0.1', port })).rejects.toThrow(/is taken\. One octavia up can run on a machine/);
  holder.close();
  await once(holder, 'close');
  for (let time = 0; time < 2; time += 1) await requireFreeHeartbeatPort({ host: '127.0.0.1', port });
});
