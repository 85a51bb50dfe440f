import { expect, test } from 'vitest';
import { parseHaproxyConfig } from './parse-config.ts';
import { prepareServerState } from './server-state-file.ts';

const HEADER = '# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port';
const dumpOf = (...rows: readonly string[]): string => `1\n${[HEADER, ...rows].join('\n')}\n`;
const configOf = (...servers: readonly string[]): ReturnType<typeof parseHaproxyConfig> => parseHaproxyConfig(`backend P:L\n${servers.map((server) => `    server ${server}\n`).join('')}`);

/** Lines for the servers, by name. */
function prepared(dump: string, config: ReturnType<typeof parseHaproxyConfig>): Readonly<Record<string, string>> {
  const rows = prepareServerState(dump, config).split('\n').slice(2).filter((line) => line !== '');
  return Object.fromEntries(rows.map((row) => [row.split(' ')[3] ?? '', row]));
}

test('what a check found is kept, and the configuration decides about everything else', () => {
  const dump = dumpOf('3 P:L 1 down 10.0.0.1 0 0 1 1 60 6 2 0 6 0 0 0 - 80 - 0 0 - - 0', '3 P:L 2 up 10.0.0.2 2 8 0 0 60 6 3 4 6 0 0 0 - 80 - 0 0 - - 0');
  expect(prepared(dump, configOf('down 10.0.0.1:80 weight 7 check', 'up 10.0.0.2:80 weight 1 check port 99 disabled'))).toEqual({
    down: '3 P:L 1 down 10.0.0.1 0 0 7 7 60 6 2 0 6 0 0 0 - 80 - 0 0 - - 0',
    up: '3 P:L 2 up 10.0.0.2 2 5 1 1 60 6 3 4 6 0 0 0 - 80 - 0 99 - - 0',
  });
});

test('a server in maintenance starts as a new one: it stands as stopped, which says nothing of its health', () => {
  const dump = dumpOf('3 P:L 1 a 10.0.0.1 0 5 1 1 60 1 0 3 14 0 0 0 - 80 - 0 0 - - 0', '3 P:L 2 b 10.0.0.2 2 0 1 1 60 6 3 4 6 0 0 0 - 80 - 0 0 - - 0');
  expect(Object.keys(prepared(dump, configOf('a 10.0.0.1:80 check', 'b 10.0.0.2:80 check')))).toEqual(['b']);
});

test('a server whose addition was broken off, with its checks still off, is checked after the reload', () => {
  // As `add server` leaves it: in maintenance, its check configured (2) but not enabled (4).
  const dump = dumpOf('3 P:L 1 added 10.0.0.1 0 1 1 1 0 1 0 0 10 0 0 0 - 80 - 0 0 - - 0');
  expect(prepared(dump, configOf('added 10.0.0.1:80 check'))).toEqual({});
  expect(prepared(dump, configOf('added 10.0.0.1:80 check disabled'))).toEqual({});
});
