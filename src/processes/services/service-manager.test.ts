import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLogger } from '../../telemetry/logger.ts';
import { connectServiceManager, watchdogIntervalMs } from './service-manager.ts';

const env = { NOTIFY_SOCKET: '/run/systemd/notify', WATCHDOG_USEC: '30000000', WATCHDOG_PID: '42' };

function recording(environment: Readonly<Record<string, string>>, fail = false) {
  const sent: string[] = [];
  const manager = connectServiceManager({
    env: environment, pid: 42, log: silentLogger,
    send: (assignments) => {
      sent.push(assignments.join(' '));
      return fail ? Promise.reject(new Error('no systemd')) : Promise.resolve();
    },
  });
  return { manager, sent };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('what systemd is told', () => {
  it('readiness first, then the watchdog three times in its period, until the end', async () => {
    const { manager, sent } = recording(env);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sent).toEqual([]);
    await manager.ready();
    await vi.advanceTimersByTimeAsync(30_000);
    await manager.stopping();
    await vi.advanceTimersByTimeAsync(10_000);
    manager.close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sent).toEqual(['READY=1 MAINPID=42 STATUS=Ready', 'WATCHDOG=1', 'WATCHDOG=1', 'WATCHDOG=1', 'STOPPING=1 STATUS=Finishing what is under way', 'WATCHDOG=1']);
  });

  it('what a start waits for, and for how long at most', async () => {
    const { manager, sent } = recording(env);
    await manager.waiting('Waiting for\nit', 1.5);
    expect(sent).toEqual(['EXTEND_TIMEOUT_USEC=1500000 STATUS=Waiting for it']);
  });

  it('nothing without systemd', async () => {
    const { manager, sent } = recording({});
    await manager.ready();
    await manager.status('x');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sent).toEqual([]);
  });

  it('a status is one line', async () => {
    const { manager, sent } = recording(env);
    await manager.status('one\nMAINPID=1');
    expect(sent).toEqual(['STATUS=one MAINPID=1']);
  });

  it('a systemd that does not take it harms nobody', async () => {
    const { manager } = recording(env, true);
    await expect(manager.ready()).resolves.toBeUndefined();
    manager.close();
  });

  it.each([
    [{}, null], [{ WATCHDOG_USEC: '30000000' }, 10_000], [{ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '42' }, 10_000], [{ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '7' }, null],
    [{ WATCHDOG_USEC: '0' }, null], [{ WATCHDOG_USEC: 'soon' }, null],
  ])('the watchdog of %j is fed every %s ms', (environment, expected) => {
    expect(watchdogIntervalMs(environment, 42)).toBe(expected);
  });
});
