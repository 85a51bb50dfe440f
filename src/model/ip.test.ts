import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cidrContains, formatCidr, formatIp, isSameIp, parseCidr, parseIp } from './ip.ts';

test('every address survives being written and read', () => {
  fc.assert(fc.property(fc.ipV4(), (text) => { expect(formatIp(parseIp(text)!)).toBe(text); }));
  fc.assert(fc.property(fc.ipV6(), (text) => {
    const address = parseIp(text)!;
    expect(parseIp(formatIp(address))).toEqual(address);
  }));
});

test.each([
  ['192.0.2.7/24', '192.0.2.0/24'], ['192.0.2.7', '192.0.2.7/32'], ['192.0.2.7/255.255.255.0', '192.0.2.0/24'], ['0.0.0.0/0', '0.0.0.0/0'], ['2001:DB8::1/32', '2001:db8::/32'], ['::ffff:192.0.2.1', '::ffff:c000:201/128'],
])('%s is the network %s', (text, network) => {
  expect(formatCidr(parseCidr(text)!)).toBe(network);
});

test.each([['192.0.2.0/33'], ['2001:db8::/129'], ['192.0.2/24'], ['192.0.2.0/24/1'], ['192.0.2.0/255.0.255.0'], ['fe80::1%eth0'], [''], ['x']])('%j is no network', (text) => {
  expect(parseCidr(text)).toBeNull();
});

test('spelling does not matter for sameness, family does for membership', () => {
  expect(isSameIp('2001:db8::1', '2001:0DB8:0:0::1')).toBe(true);
  expect(cidrContains(parseCidr('192.0.2.0/24')!, parseIp('192.0.2.255')!)).toBe(true);
  expect(cidrContains(parseCidr('192.0.2.0/24')!, parseIp('192.0.3.0')!)).toBe(false);
  expect(cidrContains(parseCidr('0.0.0.0/0')!, parseIp('::1')!)).toBe(false);
});
