import { beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../../lib/run.ts';
import { createAddressPool } from './address-pool.ts';

const AMPHORA = '8d4a8f2e-0c56-4f0e-9f0f-2a5d1c3b7e90';
const OTHER = 'b6f2a1d4-3c5e-4a7b-8d9f-0e1f2a3b4c5d';

describe.skipIf(process.getuid?.() !== 0)('namespaces of a private world', () => {
  let found: Record<string, unknown> = {};
  beforeAll(async () => {
    const node = 'node_modules/.bin/node src/drivers/compute/namespace/testdata/scenario.ts';
    const { stdout } = await run('unshare', ['-nmpf', '--mount-proc', '--kill-child', 'sh', '-c', `ip link set lo up; mount -t tmpfs t /run; mkdir -p /run/netns; exec ${node}`]);
    found = JSON.parse(stdout) as Record<string, unknown>;
  });

  test('asking twice makes one instance, each with an address of its own', () => {
    expect(found).toMatchObject({ sameInstance: true, addresses: ['127.16.0.1', '127.16.0.2'] });
  });
  test('the instance boots with its files and a machine\'s kernel settings', () => {
    expect(found).toMatchObject({ bootFile: 'x = y\n', nonlocalBind: '1', loopback: true });
  });
  test('a new process takes over what runs and reports what did not survive', () => {
    expect(found).toMatchObject({ adopted: 'active', lost: [OTHER], lostState: 'gone' });
  });
  test('keys of tenants never reach a disk, outlive the process and go with the amphora', () => {
    expect(found).toMatchObject({ keysOn: 'tmpfs', adoptedKey: 'secret', keysOfLost: false, keysGone: true });
  });
  test('removing ends every process inside and leaves nothing; twice is once', () => {
    expect(found).toMatchObject({ left: [], directoryGone: true });
  });
  test('agents and ports are started, plugged and removed with it', () => {
    expect(found['calls']).toEqual(expect.arrayContaining([
      `start ${AMPHORA.slice(0, 4)} 127.16.0.1`, 'plug octavia-8d4a e599', 'unplug e599', `stop ${AMPHORA.slice(0, 4)}`,
    ]));
  });
});

test('freed addresses are used again, claimed ones never', () => {
  const pool = createAddressPool('127.16.0.0/29');
  pool.claim('127.16.0.2');
  expect([pool.take(), pool.take(), pool.take()]).toEqual(['127.16.0.1', '127.16.0.3', '127.16.0.4']);
  pool.release('127.16.0.1');
  expect([pool.take(), pool.take(), pool.take()]).toEqual(['127.16.0.1', '127.16.0.5', '127.16.0.6']);
  expect(() => pool.take()).toThrow(/no free address/);
});

test('a pool outside the loopback network is refused', () => {
  expect(() => createAddressPool('10.0.0.0/8')).toThrow(/within 127/);
});
