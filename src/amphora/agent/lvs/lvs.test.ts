import { describe, expect, test } from 'vitest';
import { reportLvs } from './ipvs-report.ts';
import { parseLvs } from '../../l4/parse-lvs.ts';
import { MemberChecks } from './member-checks.ts';
import { planHealthChecks } from '../../l4/health-checks.ts';
import { nftablesReport } from './nftables-report.ts';
import { crc32c, sctpAnswerKind, sctpInit } from './sctp-packet.ts';
import { World } from '../world.ts';
import { udpListenerConfig } from './testing/udp-listener-config.ts';

const id = (letter: string, number: number): string => `${letter.repeat(8)}-0000-4000-8000-00000000000${number}`;
const [MEMBER_1, MEMBER_2, MEMBER_3] = [id('e', 1), id('e', 2), id('e', 3)];
const POOL = id('f', 1);

const CONFIG = udpListenerConfig({ id: id('d', 1), settings: ['delay_loop 5', 'retry 2'], members: [[MEMBER_1, '10.0.1.1'], [MEMBER_2, '10.0.1.2']], disabled: [MEMBER_3] });
const SERVICE = parseLvs(CONFIG);

const HEAD = 'IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n  -> RemoteAddress:Port Forward Weight ActiveConn InActConn\n';
const LISTING = `${HEAD}UDP  10.0.0.2:53 wrr
  -> 10.0.1.1:53                  Masq    1      3          0
UDP  10.0.0.9:53 wrr
  -> 10.0.1.2:53                  Masq    1      9          0
`;
const COUNTERS = `Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
  -> RemoteAddress:Port
UDP  10.0.0.2:53 11 12 13 14 15
  -> 10.0.1.1:53 11 12 13 14 15
`;

describe('the report of IP_VS', () => {
  test('counts the listener\'s own lines and takes missing members for down', () => {
    expect(reportLvs({ config: CONFIG, listing: LISTING, counters: COUNTERS, isRestarting: false })).toEqual({
      listener: { status: 'OPEN', stats: { totconns: 11, rx: 14, tx: 15, ereq: 0, conns: 3 } },
      pool: { id: POOL, report: { status: 'UP', members: { [MEMBER_1]: 'UP', [MEMBER_2]: 'DOWN', [MEMBER_3]: 'MAINT' } } },
    });
  });

  test('a changed configuration that is not read yet says RESTARTING', () => {
    const report = reportLvs({ config: CONFIG, listing: HEAD, counters: '', isRestarting: true });
    expect(report?.pool?.report).toEqual({ status: 'DOWN', members: { [MEMBER_1]: 'RESTARTING', [MEMBER_2]: 'RESTARTING', [MEMBER_3]: 'MAINT' } });
  });

  test('a weight of 0 is a drain', () => {
    const report = reportLvs({ config: CONFIG, listing: LISTING.replace('Masq    1      3', 'Masq    0      3'), counters: COUNTERS, isRestarting: false });
    expect(report?.pool?.report.members[MEMBER_1]).toBe('DRAIN');
  });

  test('a listener of the other protocol on the same address and port is not taken for it', () => {
    const ofSctp = (text: string): string => text.replaceAll(/^UDP {2}/gm, 'SCTP ');
    const report = reportLvs({ config: CONFIG, listing: ofSctp(LISTING), counters: ofSctp(COUNTERS), isRestarting: false });
    expect(report?.listener.stats).toEqual({ totconns: 0, rx: 0, tx: 0, ereq: 0, conns: 0 });
    expect(report?.pool?.report.members).toEqual({ [MEMBER_1]: 'DOWN', [MEMBER_2]: 'DOWN', [MEMBER_3]: 'MAINT' });
  });

  test('a disabled listener is not reported', () => {
    expect(reportLvs({ config: `# Listener ${id('d', 1)} is disabled\n`, listing: '', counters: '', isRestarting: false })).toBeNull();
  });
});

test('the report of nftables reads the counters of the table', () => {
  const counters = JSON.stringify({ nftables: [{ metainfo: {} }, { counter: { name: 'received', packets: 1, bytes: 100 } }, { counter: { name: 'sent', packets: 1, bytes: 200 } }, { counter: { name: 'flows', packets: 7, bytes: 1 } }] });
  expect(nftablesReport(SERVICE, new Set([MEMBER_2]), new Map([[MEMBER_1, 2], [MEMBER_2, 1]]), counters)).toEqual({
    listener: { status: 'OPEN', stats: { rx: 100, tx: 200, totconns: 7, ereq: 0, conns: 3 } },
    pool: { id: POOL, report: { status: 'UP', members: { [MEMBER_1]: 'UP', [MEMBER_2]: 'DOWN', [MEMBER_3]: 'MAINT' } } },
  });
});

describe('member checks', () => {
  const planned = planHealthChecks(SERVICE);
  const checksOf = (down: string[], seen: string[][]): MemberChecks => {
    const checks: MemberChecks = new MemberChecks({ service: SERVICE, down: new Set(down), world: new World('/', 'none'), onChange: () => seen.push([...checks.down]) });
    return checks;
  };

  test('a member is down after as many failures in a row as configured and up after one success', () => {
    const seen: string[][] = [];
    const checks = checksOf([], seen);
    const [first] = planned;
    if (!first) throw new Error('nothing planned');
    for (const isWell of [false, true, false, false, false, true]) checks.record(first, isWell);
    expect(seen).toEqual([[MEMBER_1], []]);
  });

  test('a member stays down over a change that leaves its check alone', () => {
    const checks = checksOf([MEMBER_1, MEMBER_2], []);
    expect(checks.stillDown(parseLvs(CONFIG.replaceAll('10.0.1.2', '10.0.1.7')))).toEqual(new Set([MEMBER_1]));
  });
});

describe('SCTP packets', () => {
  test('the checksum is the Castagnoli CRC', () => {
    // Test vectors of RFC 3720, appendix B.4.
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
    expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
  });

  test('an answer counts when it carries the tag, with and without an IPv4 header', () => {
    const { bytes, tag } = sctpInit(9);
    const answer = Buffer.alloc(32);
    answer.writeUInt32BE(tag, 4);
    answer.writeUInt8(2, 12);
    const header = Buffer.alloc(20);
    header.writeUInt8(0x45, 0);
    header.writeUInt8(132, 9);
    expect(sctpAnswerKind(answer, tag)).toBe('init-ack');
    expect(sctpAnswerKind(Buffer.concat([header, answer]), tag)).toBe('init-ack');
    expect(sctpAnswerKind(answer, tag ^ 1)).toBe('none');
    expect(sctpAnswerKind(bytes.subarray(0, 10), tag)).toBe('none');
    answer.writeUInt8(6, 12);
    expect(sctpAnswerKind(answer, tag)).toBe('abort');
  });
});
