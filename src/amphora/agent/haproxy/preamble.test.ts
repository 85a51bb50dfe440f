import { expect, test } from 'vitest';
import { renderPreamble } from './preamble.ts';

const HTTP_CLIENT = 'httpclient.ssl.verify none';

test.each([
  ['2.6.12-1+deb12u1', true], ['2.8.5', true], ['3.0.0', true], ['2.5.9', false], ['1.8.3', false], ['', false],
])('haproxy "%s" is spared the reading of every authority of the system: %s', (version, isSpared) => {
  expect(renderPreamble('/run/admin.sock', null, version).includes(HTTP_CLIENT)).toBe(isSpared);
});
