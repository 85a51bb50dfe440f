import { describe, expect, it } from 'vitest';
import { BadEnvelope } from './oslo-envelope.ts';
import { pauseMs } from './broker-connection.ts';
import { pythonJson } from './python-json.ts';
import { rabbitOptionsOf } from './rabbit-options.ts';
import { createRecentIds } from './recent-ids.ts';
import { decodeCast, encodeCast } from './rpc-casts.ts';
import { BadTransportUrl, parseTransportUrl } from './transport-url.ts';

describe('the envelope', () => {
  /** As a running octavia-api put it on the queue. */
  const captured = String.raw`{"oslo.version": "2.0", "oslo.message": "{\"method\": \"failover_amphora\", \"args\": {\"amphora_id\": \"e1c84019-f997-4f6e-a299-12ecd0f75eae\"}, \"namespace\": \"controller\", \"version\": \"2.0\", \"_unique_id\": \"2524a25c0e0447088a8a1cb6048c1cd1\"}"}`;
  const cast = { method: 'failover_amphora', args: { amphora_id: 'e1c84019-f997-4f6e-a299-12ecd0f75eae' } } as const;

  it('is read and written byte for byte like the original', () => {
    expect(decodeCast(Buffer.from(captured))).toEqual({ kind: 'cast', cast, uniqueId: '2524a25c0e0447088a8a1cb6048c1cd1' });
    expect(encodeCast(cast, '2524a25c0e0447088a8a1cb6048c1cd1').toString()).toBe(captured);
  });

  it.each(['', 'x', '[]', '{"oslo.version": "3.0", "oslo.message": "{}"}', '{"oslo.version": "2.0", "oslo.message": "[]"}'])('is refused when it is %j', (text) => {
    expect(() => decodeCast(Buffer.from(text))).toThrow(BadEnvelope);
  });

  it.each<[unknown, string]>([
    [{ a: [1, null, true], b: { c: undefined, d: 'x"y\n' } }, String.raw`{"a": [1, null, true], "b": {"d": "x\"y\n"}}`], ['é😀\u007f', '"\\u00e9\\ud83d\\ude00\u007f"'], [[], '[]'], [{}, '{}'],
  ])('writes %j as Python does', (value, text) => expect(pythonJson(value)).toBe(text));
});

describe('the transport URL', () => {
  it.each([
    ['rabbit://', ['localhost', null, null, null], ''],
    ['rabbit://u:p%40ss@mq:5673/vhost%2Fx', ['mq', 5673, 'u', 'p@ss'], 'vhost/x'],
    ['rabbit://u:p@[::1]:5672//', ['::1', 5672, 'u', 'p'], '/'],
    ['kombu://mq', ['mq', null, null, null], ''],
  ])('%s names its broker', (text, [host, port, username, password], virtualHost) => {
    expect(parseTransportUrl(text)).toMatchObject({ brokers: [{ host, port, username, password }], virtualHost });
  });

  it('names several brokers in their order, and options', () => {
    const url = parseTransportUrl('rabbit://a:1@one:1,b:2@two:2/v?ssl=1');
    expect(url.brokers.map((broker) => [broker.host, broker.username])).toEqual([['one', 'a'], ['two', 'b']]);
    expect(url.query).toEqual({ ssl: '1' });
  });

  it('carries options of [oslo_messaging_rabbit], which win over those of the file', () => {
    const url = parseTransportUrl('rabbit://u:p@h/?ssl=on&ssl_version=TLSv1_2&ssl_ca_file=/etc/ssl/ca.pem&ssl_cert_file=&heartbeat_timeout_threshold=15&rabbit_quorum_queue=false&no_such=1');
    expect(rabbitOptionsOf({ ssl: false, ssl_cert_file: '/cert.pem', rabbit_quorum_queue: true, rabbit_interval_max: 7 }, url)).toEqual({
      ssl: true, ssl_version: 'TLSv1_2', ssl_ca_file: '/etc/ssl/ca.pem', ssl_cert_file: '/cert.pem', heartbeat_timeout_threshold: 15, rabbit_quorum_queue: false, rabbit_interval_max: 7,
    });
    expect(() => rabbitOptionsOf({}, parseTransportUrl('rabbit://u:secret@h/?ssl=maybe'))).toThrow(/ssl=maybe is not a boolean/);
  });

  it.each(['mq', 'http://mq', 'rabbit://u:secret@mq:port', 'rabbit://u:%zz@mq'])('%s is refused without a word of the password', (text) => {
    expect(() => parseTransportUrl(text)).toThrow(BadTransportUrl);
    expect(() => parseTransportUrl(text)).not.toThrow(/secret/);
  });
});

it('the pause between attempts grows to its limit', () => {
  expect([1, 2, 3, 100].map((round) => pauseMs(round, {}, () => 0))).toEqual([1000, 3000, 5000, 30_000]);
});

it('recent ids are forgotten in their order', () => {
  const ids = createRecentIds(2);
  expect(['a', 'b', 'a', 'c', 'a'].map((id) => ids.isNew(id))).toEqual([true, true, false, true, true]);
});
