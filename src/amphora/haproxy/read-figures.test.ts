import { expect, test } from 'vitest';
import { readFigures } from './read-figures.ts';
import { readStatRows } from './read-stats.ts';

const COLUMNS = ['pxname', 'svname', 'status', 'scur', 'stot', 'bin', 'bout', 'ereq', 'econ', 'eresp', 'lastchg', 'check_status', 'check_code', 'last_chk', 'check_desc', 'req_tot', 'hrsp_2xx', 'hrsp_5xx'];
const row = (values: Readonly<Record<string, string | number>>) => COLUMNS.map((name) => values[name] ?? '').join(',');
const read = (...rows: Readonly<Record<string, string | number>>[]) => readFigures(readStatRows([`# ${COLUMNS.join(',')}`, ...rows.map(row)].join('\n')));

test('listeners, pools and members are told by their ids; backends of one pool are added up', () => {
  const { figures } = read(
    { pxname: 'listener', svname: 'FRONTEND', status: 'OPEN', scur: 2, stot: 3, bin: 10, bout: 20, ereq: 1, req_tot: 9, hrsp_2xx: 8, hrsp_5xx: 1 },
    { pxname: 'pool:listener', svname: 'member', status: 'UP', scur: 1, stot: 4, econ: 1, eresp: 2, hrsp_2xx: 3, hrsp_5xx: 1 },
    { pxname: 'pool:other', svname: 'member', status: 'UP', stot: 1, hrsp_2xx: 1 },
    { pxname: 'pool:listener', svname: 'BACKEND', status: 'UP', stot: 4, req_tot: 4 },
  );
  expect(Object.fromEntries(figures)).toEqual({
    listener: [2, 9, 3, 10, 20, 1, 0, 8, 0, 0, 1],
    member: [1, 5, 5, 0, 0, 3, 0, 4, 0, 0, 1],
    pool: [0, 4, 4, 0, 0, 0, 0, 0, 0, 0, 0],
  });
});

test('a member that is down says since when and what its check met', () => {
  const { failing } = read(
    { pxname: 'p:l', svname: 'a', status: 'DOWN', lastchg: 12, check_status: 'L4CON', check_desc: 'Layer4 connection problem', last_chk: 'Connection refused' },
    { pxname: 'p:l', svname: 'b', status: 'DOWN 1/2', lastchg: 3, check_status: 'L7STS', check_desc: 'Layer7 wrong status', check_code: 503, last_chk: 'Service Unavailable' },
    { pxname: 'p:l', svname: 'c', status: 'UP' },
    { pxname: 'p:l', svname: 'BACKEND', status: 'DOWN' },
  );
  expect(Object.fromEntries(failing)).toEqual({
    a: { sinceSeconds: 12, reason: 'Layer4 connection problem: Connection refused' },
    b: { sinceSeconds: 3, reason: 'Layer7 wrong status: 503 Service Unavailable' },
  });
});
