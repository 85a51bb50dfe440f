import { expect, test } from 'vitest';
import { listView } from './listing.ts';

const VIEWS = [
  { id: 'both', tags: ['blue', 'red'], fixed_ips: [{ subnet_id: 's', ip_address: '10.0.0.5' }] },
  { id: 'blue', tags: ['blue'], fixed_ips: [{ subnet_id: 's', ip_address: '10.0.0.6' }] },
  { id: 'none', tags: [], fixed_ips: [{ subnet_id: 't', ip_address: '10.0.0.5' }, { subnet_id: 's', ip_address: '10.0.0.7' }] },
];

test.each<[string, readonly string[], readonly string[]]>([
  ['tags', ['blue'], ['both', 'blue']],
  ['tags', ['blue,red'], ['both']],
  ['tags-any', ['red,green'], ['both']],
  ['not-tags', ['blue,red'], ['blue', 'none']],
  ['not-tags-any', ['blue,red'], ['none']],
  ['fixed_ips', ['subnet_id=s'], ['both', 'blue', 'none']],
  ['fixed_ips', ['subnet_id=s', 'ip_address=10.0.0.5'], ['both']],
  ['fixed_ips', ['ip_address=10.0.0.5', 'ip_address=10.0.0.6'], ['both', 'blue', 'none']],
])('%s=%s', (key, values, ids) => {
  expect(listView(VIEWS, new Map([[key, values]])).map((view) => view['id'])).toEqual(ids);
});
