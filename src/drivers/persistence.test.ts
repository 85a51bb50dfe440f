import { describe, expect, it } from 'vitest';
import { DriverFailure, ResourceNotFound } from './errors.ts';
import { persistEvenly, persistWith, type RetryOptions } from './persistence.ts';

const options = (fields: Partial<RetryOptions> = {}): RetryOptions => ({ max_retries: 6, retry_interval: 1, retry_backoff: 1, retry_max: 10, ...fields });
const passing = new DriverFailure('Neutron', 'DELETE /ports', 'conflict');

async function outcome(persistence: typeof persistWith, given: RetryOptions, failures: number, error: unknown = passing): Promise<{ readonly tries: number; readonly pauses: readonly number[]; readonly failed: boolean }> {
  const pauses: number[] = [];
  let tries = 0;
  const work = async (): Promise<void> => {
    tries += 1;
    if (tries <= failures) throw error;
  };
  const failed = await persistence(given, async (ms) => void pauses.push(ms))(work).then(() => false, () => true);
  return { tries, pauses, failed };
}

describe('actions at a service that failed', () => {
  it.each([
    ['one failure costs one pause', persistWith, options(), 1, [1000], false],
    ['pauses double up to the longest', persistWith, options(), 5, [1000, 2000, 4000, 8000, 10_000], false],
    ['the interval is the least pause', persistWith, options({ retry_interval: 5 }), 4, [5000, 5000, 5000, 8000], false],
    ['looks come in equal pauses', persistEvenly, options({ retry_interval: 3 }), 3, [3000, 3000, 3000], false],
    ['the last attempt throws', persistWith, options({ max_retries: 2 }), 9, [1000], true],
    ['no attempts means one', persistWith, options({ max_retries: 0 }), 1, [], true],
  ] as const)('%s', async (_name, persistence, given, failures, pauses, failed) => {
    expect(await outcome(persistence, given, failures)).toEqual({ tries: pauses.length + 1, pauses, failed });
  });

  it('what does not pass by itself is not tried again', async () => {
    for (const error of [new ResourceNotFound('Port', 'p'), new TypeError('a defect'), new DriverFailure('Neutron', 'create port', 'quota', { retry: 'wait' })]) {
      expect(await outcome(persistWith, options(), 1, error)).toEqual({ tries: 1, pauses: [], failed: true });
    }
  });
});
