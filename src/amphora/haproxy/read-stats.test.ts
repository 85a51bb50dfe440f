import { expect, test } from 'vitest';
import { HaproxyStatsUnreadable, readInfo, readServersState, readStats } from './read-stats.ts';

const HEADER = '# pxname,svname,scur,slim,bin,bout,ereq,status,weight,stot,last_chk,\n';

test('each line of the statistics becomes its part of the heartbeat', () => {
  const csv = `${HEADER}` +
    'L1,FRONTEND,2,100,512,1024,3,OPEN,,5,,\nL2,FRONTEND,9,10,0,0,0,FULL,,9,,\nL3,FRONTEND,2,2,0,0,0,OPEN,,2,,\n' +
    'P1:L1,m1,0,,0,0,0,UP,1,0,"a, ""quoted"" check",\nP1:L1,m2,0,,0,0,0,UP,0,0,,\nP1:L1,m3,0,,0,0,0,UP 1/3,1,0,,\nP1:L1,m4,0,,0,0,0,MAINT,1,0,,\nP1:L1,m5,0,,0,0,0,no check,1,0,,\n' +
    'P1:L1,BACKEND,0,,0,0,0,UP,3,0,,\nP2:L1,m6,0,,0,0,0,DOWN,1,0,,\nP2:L1,BACKEND,0,,0,0,0,DOWN,0,0,,\n' +
    'prometheus-exporter-internal,prometheus-internal,0,,0,0,0,no check,1,0,,\nprometheus-exporter-internal-endpoint,FRONTEND,0,,0,0,0,OPEN,,0,,\n';
  expect(readStats(csv, new Set(['P1:L1/m4']))).toEqual({
    listeners: {
      L1: { status: 'OPEN', stats: { tx: 1024, rx: 512, conns: 2, totconns: 5, ereq: 3 } },
      L2: { status: 'FULL', stats: { tx: 0, rx: 0, conns: 9, totconns: 9, ereq: 0 } },
      L3: { status: 'FULL', stats: { tx: 0, rx: 0, conns: 2, totconns: 2, ereq: 0 } },
    },
    pools: {
      'P1:L1': { status: 'UP', members: { m1: 'UP', m2: 'DRAIN', m3: 'UP 1/3', m5: 'no check' } },
      'P2:L1': { status: 'DOWN', members: { m6: 'DOWN' } },
    },
  });
});

test('statistics without the expected columns are refused rather than guessed', () => {
  expect(() => readStats('')).toThrow(HaproxyStatsUnreadable);
  expect(() => readStats('# pxname,svname,\nL1,FRONTEND,\n')).toThrow(HaproxyStatsUnreadable);
  expect(() => readServersState('2\n# x\n')).toThrow(HaproxyStatsUnreadable);
});

test('process information is read by name', () => {
  expect(readInfo('Name: HAProxy\nVersion: 2.6.12\nnode: a:b\n')).toEqual({ Name: 'HAProxy', Version: '2.6.12', node: 'a:b' });
});
