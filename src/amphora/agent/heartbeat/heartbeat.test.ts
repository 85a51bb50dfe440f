import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { silentLogger } from '../../../telemetry/logger.ts';
import type { AgentState } from '../agent-state.ts';
import { decode } from '../../protocol/heartbeat-codec.ts';
import { Serial } from '../serial.ts';
import { createDatagramSender, Heartbeat } from './heartbeat.ts';

vi.mock('../../../lib/linux/netns.ts', () => ({ netnsExists: () => true }));

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

let directory: string;
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), 'heartbeat-'))));
afterEach(() => {
  vi.useRealTimers();
  rmSync(directory, { recursive: true });
});

/** An amphora without load balancers. */
function stateOf(changes: object = {}): AgentState {
  const nothing = { list: async () => [] };
  const config = { heartbeatIntervalSeconds: 10, heartbeatKey: 'key', controllers: [{ host: '127.0.0.1', port: 5555 }] };
  return {
    amphoraId: 'amphora', config: () => config, world: { netns: 'amphora' }, vrrp: { isConfigured: async () => false }, files: nothing, lvs: nothing, plugger: { servesVip: true, broken: {} }, log: silentLogger,
    paths: { onHost: (path: string) => join(directory, path), statsCounters: 'stats_counters.json' }, ...changes,
  } as unknown as AgentState;
}

test('heartbeats go on at their interval when the date is set back by hours', async () => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] });
  let sent = 0;
  const heartbeat = new Heartbeat({ state: stateOf(), send: () => void (sent += 1) });
  await heartbeat.tick();
  vi.setSystemTime(Date.now() - 7_200_000);
  vi.advanceTimersByTime(5000);
  await heartbeat.tick();
  expect(sent).toBe(1);
  vi.advanceTimersByTime(5000);
  await heartbeat.tick();
  expect(sent).toBe(2);
});

test('an amphora whose VIP interface cannot be set up tries again at each interval and is silent meanwhile', async () => {
  let sent = 0;
  let nowMs = 0;
  let looks = 0;
  const broken: Record<string, string> = { eth1: 'no such address' };
  const plugger = {
    broken, get servesVip() { return !('eth1' in broken); },
    mend: async () => {
      looks += 1;
      if (looks === 2) delete broken['eth1'];
    },
  };
  const heartbeat = new Heartbeat({ state: stateOf({ plugger, serials: { network: new Serial() } }), clock: { now: () => nowMs }, send: () => void (sent += 1) });
  const seen: [number, number][] = [];
  for (nowMs = 0; nowMs <= 21_000; nowMs += 1000) {
    await heartbeat.tick();
    await new Promise(setImmediate);
    if (nowMs % 10_000 === 1000) seen.push([looks, sent]);
  }
  expect(seen).toEqual([[0, 0], [1, 0], [2, 1]]);
  await heartbeat.close();
});

test('traffic of a UDP listener counts once when its keepalived is gone for a moment and IP_VS is not', async () => {
  let received = 1000;
  let isRunning = true;
  const report = async () => (isRunning ? { listener: { status: 'OPEN', stats: { rx: received, tx: 0, conns: 0, totconns: 0, ereq: 0 } }, pool: null } : null);
  const told: (number | undefined)[] = [];
  const send = (packet: Buffer) => void told.push(decode(packet, ['key']).listeners['udp']?.stats.rx);
  const heartbeat = new Heartbeat({ state: stateOf({ lvs: { list: async () => ['udp'], report } }), send });
  await heartbeat.tick();
  isRunning = false;
  await heartbeat.tick();
  isRunning = true;
  received += 100;
  await heartbeat.tick();
  expect(told).toEqual([1000, undefined, 100]);
});
