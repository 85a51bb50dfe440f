import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { virtualAddresses } from './virtual-addresses.ts';

test.each(['classic.out.conf', 'own-pair.out.conf'])('%s names its VIPs and none of the other addresses', (file) => {
  expect(virtualAddresses(readFileSync(new URL(`testdata/${file}`, import.meta.url), 'utf8'))).toEqual(['10.0.0.2', '2001:db8::2']);
});

test.each([
  ['addresses with prefix and device', 'virtual_ipaddress {\n  10.0.0.5/24 dev eth1\n}', ['10.0.0.5']],
  ['both families', 'virtual_ipaddress {\n 10.0.0.5\n}\n\nvirtual_ipaddress_excluded {\n\n  2001:db8::5\n}', ['10.0.0.5', '2001:db8::5']],
  ['no block', 'vrrp_instance a {\n unicast_peer {\n 10.0.0.6\n }\n}', []],
  ['nothing', '', []],
])('reads %s', (_what, config, expected) => {
  expect(virtualAddresses(config)).toEqual(expected);
});
