import { join } from 'node:path';
import { run } from '../../src/lib/run.ts';
import { debianEnv } from './octavia-processes.ts';
import { startDaemon } from './daemon.ts';

export interface OvnNorthbound {
  /** For `[ovn] ovn_nb_connection`. */
  readonly connection: string;
  /** For `[ovn] ovn_sb_connection`. */
  readonly southbound: string;
  /** `ovn-nbctl` on it; what it printed. */
  nbctl(...args: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

/** OVN's northbound and southbound databases, served by a real ovsdb-server on unix sockets; nothing turns them into flows. */
export async function startOvnNorthbound(directory: string, logFile: string): Promise<OvnNorthbound> {
  const files = { nb: join(directory, 'ovn-nb.db'), sb: join(directory, 'ovn-sb.db') };
  for (const side of ['nb', 'sb'] as const) await run('/usr/bin/ovsdb-tool', ['create', files[side], `/usr/share/ovn/ovn-${side}.ovsschema`], { env: debianEnv });
  const socket = join(directory, 'ovsdb.sock');
  const daemon = await startDaemon({
    name: 'ovsdb-server', command: '/usr/sbin/ovsdb-server', logFile, env: debianEnv,
    args: ['-vconsole:info', `--remote=punix:${socket}`, `--unixctl=${join(directory, 'ovsdb.ctl')}`, files.nb, files.sb],
    isReady: (printed) => printed.includes('ovsdb-server (Open vSwitch)'),
  });
  const connection = `unix:${socket}`;
  const nbctl = async (...args: readonly string[]) => (await run('/usr/bin/ovn-nbctl', [`--db=${connection}`, '--timeout=10', ...args], { env: debianEnv })).stdout;
  await nbctl('init');
  return { connection, southbound: connection, nbctl, stop: () => daemon.stop() };
}
