import { expect, test } from 'vitest';
import { createLogger } from '../telemetry/logger.ts';
import { startTestApi, SUBNET } from './testing/test-api.ts';

const GLOBAL = 'req-11111111-2222-3333-4444-555555555555';

test.each([
  ['the id of the chain of calls that it belongs to', GLOBAL, GLOBAL], ['nothing of what is no such id', 'req-1 and more', undefined], ['nothing else without one', undefined, undefined],
])('a line about a fault names the request, and %s', async (_what, sent, shown) => {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger({ level: 'debug', json: true, write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>) });
  const api = await startTestApi({ log, network: { allocateVip: async () => { throw new Error('away'); } } });
  const headers = sent === undefined ? {} : { 'x-openstack-request-id': sent };
  const failed = await api.call('POST', '/v2/lbaas/loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET } }, headers);
  const refused = await api.call('GET', '/v2/lbaas/pools/none', undefined, headers);
  await api.close();
  const told = lines.filter(({ msg }) => msg === 'a request failed' || msg === 'a request was refused');
  expect(told.map(({ level, req, global_req: global }) => [level, req, global])).toEqual([
    ['error', failed.headers['x-openstack-request-id'], shown], ['debug', refused.headers['x-openstack-request-id'], shown],
  ]);
});
