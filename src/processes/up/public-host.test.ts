import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { publicHost } from './public-host.ts';

const leadingOut = (addresses: Readonly<Record<string, string>>) => async (family: string) => addresses[family] ?? null;

test.each([
  ['192.0.2.7', {}, '192.0.2.7'], ['2001:db8::7', {}, '[2001:db8::7]'], ['lb.example', {}, 'lb.example'],
  ['0.0.0.0', { udp4: '192.0.2.1', udp6: '2001:db8::1' }, '192.0.2.1'], ['0.0.0.0', { udp6: '2001:db8::1' }, '127.0.0.1'],
  ['::', { udp4: '192.0.2.1', udp6: '2001:db8::1' }, '192.0.2.1'], ['::', { udp6: '2001:db8::1' }, '[2001:db8::1]'], ['::', {}, '[::1]'],
])('who listens on %s with %o is told as %s', async (host, addresses, expected) => {
  expect(await publicHost(host, leadingOut(addresses))).toBe(expected);
});

test('the kernel says which address leads out, and a machine without a way out has its own', async () => {
  const module = new URL('public-host.ts', import.meta.url).pathname;
  const look = `${process.execPath} -e "import('${module}').then(async ({ publicHost }) => console.log(await publicHost('0.0.0.0')))"`;
  const connected = 'ip link add w type bridge && ip addr add 192.0.2.9/24 dev w && ip link set w up && ip route add default via 192.0.2.1';
  const { stdout } = await promisify(execFile)('unshare', ['--net', 'sh', '-c', `${look}; ${connected}; ${look}`]);
  expect(stdout).toBe('127.0.0.1\n192.0.2.9\n');
});
