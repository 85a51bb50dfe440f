import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../../lib/run.ts';
import { UDP_CHECK } from './udp-check.ts';

/** One UDP server for each way to behave, in a network of its own; then what the check says of each. */
const WORLD = `
ip link set lo up
echo 'const s = require("node:dgram").createSocket(process.argv[2]); s.on("message", (text, from) => { if (process.argv[4] !== "silent") s.send(process.argv[4] === "empty" ? "" : text, from.port, from.address); }); s.bind(Number(process.argv[3]));' >"$0.cjs"
serve() { "$NODE" "$0.cjs" "$@" & until ss -uln | grep -q ":$2 "; do sleep 0.05; done; }
serve udp4 1001 echo; serve udp4 1002 silent; serve udp4 1003 empty; serve udp6 1004 echo
look() { "$0" "$1" "$2" && echo "$1 $2 up" || echo "$1 $2 down"; }
{
  look 127.0.0.1 1001 & look 127.0.0.1 1002 & look 127.0.0.1 1003 & look ::1 1004 & look 127.0.0.1 1009 & look ::1 1009 & look 192.0.2.1 1009 &
  wait $(jobs -p | tail -n 7)
} | LC_ALL=C sort
`;

describe('the check of a UDP member', () => {
  const directory = mkdtempSync(join(tmpdir(), 'octavia-udp-check-'));
  const script = join(directory, 'udp_check.sh');
  beforeAll(() => writeFileSync(script, UDP_CHECK, { mode: 0o755 }));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test('a server that answers or is silent is up; a closed port and a host that no route leads to are down', async () => {
    const look = await run('unshare', ['--net', '--pid', '--fork', '--kill-child', 'bash', '-c', WORLD, script], { env: { NODE: process.execPath, PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } });
    expect(look.stdout.trim().split('\n')).toEqual([
      '127.0.0.1 1001 up', '127.0.0.1 1002 up', '127.0.0.1 1003 up', '127.0.0.1 1009 down', '192.0.2.1 1009 down', '::1 1004 up', '::1 1009 down',
    ]);
  });
});
