import { createHash, createHmac } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, encode, HeartbeatRejected } from './heartbeat-codec.ts';
import type { HeartbeatMessage } from './heartbeat-message.ts';

const COMPRESSED =
  '78da9d8f4b6ec3300c44af62685d02fada72f6ddb6d9f400fa5068d0c46e6db52810f8ee1dd9c805fa369aa148627817972c4e9df0d9065f34934cae275b24d35864211d5c56c9c48147299e3ab1f217da07a8eb65ad3cf1b2c2df45ec8b0e2a5b32c931d93044f2792c2459e1c3449b5cde1bd71aea779b11afe7e7977d252ac792fa8b47496d515d9a764a43a6799a5a43d375ae0feb6079d9f3c86ddbe03ee7f97a6c4ab21466294901b25a6bf2c618b2c0811e9cfe91f9eddc12dff8161f87670e3932171a0059ef3d8d80028820813639cd5d7ae7f4218ea83fbca06ab63f49e26aee';
const TRAILER = '01bd4b9bcf18df3ab3bc095275adffa490c2013f27741d8eb2910d00544ac4da';
const LISTENER = 'b6f2a1d4-3c5e-4a7b-8d9f-0e1f2a3b4c5d';
const POOL = 'c0ffee00-1111-4222-8333-444455556666';
const EXAMPLE: HeartbeatMessage = {
  id: '8d4a8f2e-0c56-4f0e-9f0f-2a5d1c3b7e90',
  seq: 7,
  ver: 3,
  listeners: { [LISTENER]: { status: 'OPEN', stats: { tx: 1024, rx: 512, conns: 2, totconns: 5, ereq: 0 } } },
  pools: { [`${POOL}:${LISTENER}`]: { status: 'UP', members: { 'deadbeef-7777-4888-9999-aaaabbbbcccc': 'no check' } } },
};

function packetOf(value: unknown, key = 'insecure'): Buffer {
  const body = deflateSync(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));
  return Buffer.concat([body, createHmac('sha256', key).update(body).digest()]);
}

function faultOf(packet: Buffer, keys: readonly string[] = ['insecure']): string {
  try {
    decode(packet, keys);
    return 'none';
  } catch (error) {
    return error instanceof HeartbeatRejected ? error.fault : String(error);
  }
}

describe('the worked example of the wire contract', () => {
  const packet = Buffer.concat([Buffer.from(COMPRESSED, 'hex'), Buffer.from(TRAILER, 'latin1')]);

  test('is the packet that Python made', () => {
    expect(packet.length).toBe(293);
    expect(createHash('sha256').update(packet).digest('hex')).toBe('0415a61a2705992fbd3db264999590af65db39d1cbf02508c556b86bfdb7ef31');
  });

  test('is read with a hexadecimal and with a raw trailer', () => {
    expect(decode(packet, ['insecure'])).toEqual(EXAMPLE);
    expect(decode(Buffer.concat([Buffer.from(COMPRESSED, 'hex'), Buffer.from(TRAILER, 'hex')]), ['insecure'])).toEqual(EXAMPLE);
  });

  test('the minimal packet is read', () => {
    const body = '78daab56ca4c51b252504a54d251502a4e2d04b20d80ac9ccce292d4bcd4a26220bfba162850909f9f03e794a5160199c6b500121011a0';
    const trailer = '58f0f3e776524bcedcbe8febfc745ab0a48783a0077b573d84c51b84b8a9eec5';
    expect(decode(Buffer.concat([Buffer.from(body, 'hex'), Buffer.from(trailer)]), ['insecure']))
      .toEqual({ id: 'a', seq: 0, ver: 3, listeners: {}, pools: {} });
  });
});

test('what is encoded comes back, with any of the accepted keys', () => {
  const report = fc.record({ status: fc.constantFrom('OPEN' as const, 'FULL' as const), stats: fc.record({ tx: fc.nat(), rx: fc.nat(), conns: fc.nat(), totconns: fc.nat(), ereq: fc.nat() }) });
  const pool = fc.record({ status: fc.constantFrom('UP' as const, 'DOWN' as const), members: fc.dictionary(fc.uuid(), fc.constantFrom('UP', 'UP 1/3', 'DRAIN')) });
  const message = fc.record({ id: fc.uuid(), seq: fc.nat(), ver: fc.constantFrom(2, 3), listeners: fc.dictionary(fc.string(), report), pools: fc.dictionary(fc.string(), pool) });
  fc.assert(fc.property(message, fc.string({ minLength: 1 }), (sent, key) => {
    const received = decode(encode(sent, key), ['another key', key]);
    expect(JSON.stringify(received.listeners)).toBe(JSON.stringify(sent.listeners));
    expect({ ...received, listeners: {}, pools: {} }).toEqual({ ...sent, listeners: {}, pools: {} });
  }));
});

test('a packet signed with another key, changed or cut is unauthentic', () => {
  const packet = encode(EXAMPLE, 'insecure');
  expect(faultOf(packet, ['other'])).toBe('unauthentic');
  expect(faultOf(packet, [])).toBe('unauthentic');
  fc.assert(fc.property(fc.nat({ max: packet.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, flip) => {
    const changed = Buffer.from(packet);
    changed.writeUInt8(changed.readUInt8(at) ^ flip, at);
    expect(faultOf(changed)).toBe('unauthentic');
    expect(faultOf(packet.subarray(0, at))).toBe('unauthentic');
  }));
});

test.each([
  ['no JSON', 'hello'], ['a list', []], ['no id', { seq: 1, listeners: {}, pools: {}, ver: 3 }],
  ['a listener without statistics', { id: 'a', seq: 1, listeners: { x: { status: 'OPEN' } }, pools: {}, ver: 3 }],
  ['text for a number', { id: 'a', seq: '1', listeners: {}, pools: {}, ver: 3 }],
  ['something that inflates beyond the limit', JSON.stringify({ id: 'a'.repeat(5 * 1024 * 1024) })],
])('an authentic packet with %s is malformed', (_name, value) => {
  expect(faultOf(packetOf(value))).toBe('malformed');
});

test.each([[undefined, 0], [1, 1]])('version %s: pools nested in listeners come out under pool and listener', (wire, ver) => {
  const stats = { tx: 1, rx: 2, conns: 0, totconns: 1, ereq: 0 };
  const old = { id: 'a', seq: 1, ...(wire !== undefined && { ver: wire }), listeners: { l1: { status: 'OPEN', stats, pools: { p1: { status: 'DOWN', members: { m1: 'DOWN' } } } }, l2: { status: 'STOP', stats } } };
  expect(decode(packetOf(old), ['insecure'])).toEqual({
    id: 'a', seq: 1, ver,
    listeners: { l1: { status: 'OPEN', stats }, l2: { status: 'UNKNOWN', stats } },
    pools: { 'p1:l1': { status: 'DOWN', members: { m1: 'DOWN' } } },
  });
});
