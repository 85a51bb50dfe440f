import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { freePort } from './free-port.ts';

const [first = 0, last = 0] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().split(/\s+/).map(Number);

test.skipIf(first < 32_000)('a free port is none that the kernel gives to connections', async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, () => freePort()));
  expect(ports.filter((port) => port >= first && port <= last)).toEqual([]);
});
