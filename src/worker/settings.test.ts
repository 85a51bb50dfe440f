import { expect, test } from 'vitest';
import { loadConfig } from '../config/load-config.ts';
import type { ConfigOverrides } from '../config/config.ts';
import { settingsFrom } from './settings.ts';

const settings = (overrides: ConfigOverrides) => settingsFrom(loadConfig({ env: {}, overrides }));

test.each([[-1, Number.POSITIVE_INFINITY], [0, Number.POSITIVE_INFINITY], [1, 1], [25, 25]])('build_rate_limit = %s lets %s amphorae be built at the same time', (build_rate_limit, limit) => {
  expect(settings({ haproxy_amphora: { build_rate_limit } }).build.limit).toBe(limit);
});

test('executor_thread_pool_size says how many load balancers are worked on, and never none', () => {
  expect(settings({}).maxConcurrent).toBe(64);
  expect(settings({ DEFAULT: { executor_thread_pool_size: 7 } }).maxConcurrent).toBe(7);
  expect(settings({ DEFAULT: { executor_thread_pool_size: 0 } }).maxConcurrent).toBe(1);
  expect(settings({ task_flow: { max_workers: 5 } }).maxConcurrent).toBe(64);
});
