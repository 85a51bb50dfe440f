import { readFile } from 'node:fs/promises';
import { CommandFailed, run } from '../../../lib/run.ts';
import { LOG_BRIDGE } from '../../haproxy/own-proxies.ts';

/** Sockets, pipes, checks and haproxy's own needs beside the connections. */
const SPARE_DESCRIPTORS = 256;
/** Two for each connection and, when splicing, a pipe of two for every fourth. */
const DESCRIPTORS_PER_CONNECTION = 2.5;

/** Where haproxy's log goes in an amphora without a syslog: into a ring that is sent to the agent's socket as it fills. */
export interface LogRing {
  /** Configurations log to `ring@<name>`. */
  readonly name: string;
  /** Path of the agent's stream socket, as the amphora names it. */
  readonly socket: string;
  /** Host name in the lines. */
  readonly hostName: string;
}

const SOCKET_CONNECTIONS = 100;
/** Of old and new processes side by side. */
const BRIDGE_CONNECTIONS = 8;
/** Bytes of log that wait while the agent is away; older lines are then overwritten. */
const RING_BYTES = 262_144;

/** Configuration of our own that haproxy reads before the uploaded one: a socket for runtime changes, and where its log goes. */
export function renderPreamble(adminSocket: string, logRing: LogRing | null = null, haproxyVersion = ''): string {
  return [
    'global',
    // Nothing here uses haproxy's own HTTP client, which reads every authority of the system at each start: 25 of 35 ms.
    ...(hasHttpClient(haproxyVersion) ? ['    httpclient.ssl.verify none'] : []),
    `    stats socket ${adminSocket} mode 0600 level admin expose-fd listeners`,
    '    no strict-limits',
    // Ten are the default; whoever keeps those busy must not make haproxy look as if it hung.
    `    stats maxconn ${SOCKET_CONNECTIONS}`,
    ...(logRing === null ? [] : ringLines(logRing)),
    '',
  ].join('\n');
}

/** haproxy knows `httpclient.ssl.verify` since 2.6. */
function hasHttpClient(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 2 || (major === 2 && minor >= 6);
}

function ringLines({ name, socket, hostName }: LogRing): string[] {
  return [
    `    log-send-hostname ${hostName}`,
    '',
    `ring ${name}`,
    '    format rfc3164',
    `    size ${RING_BYTES}`,
    '    timeout connect 5s',
    // A load balancer may log nothing for long.
    '    timeout server 24h',
    `    server agent unix@${socket}.bridge`,
    // A ring connects again without pause when nobody listens, which burns a core while the agent is away. So it speaks to
    // a frontend that always listens and lets a second pass before it looks for the agent. Retries would not wait: haproxy
    // makes all of them at once on a unix socket that refuses. So what the frontend has read then is lost.
    '',
    `frontend ${LOG_BRIDGE}`,
    // haproxy connects to it after it has given up its privileges.
    `    bind unix@${socket}.bridge mode 666`,
    '    mode tcp',
    `    maxconn ${BRIDGE_CONNECTIONS}`,
    '    timeout client 24h',
    '    tcp-request inspect-delay 1s',
    '    tcp-request content accept if WAIT_END',
    `    default_backend ${LOG_BRIDGE}`,
    '',
    `backend ${LOG_BRIDGE}`,
    '    mode tcp',
    '    retries 0',
    '    timeout connect 1s',
    '    timeout server 24h',
    `    server agent unix@${socket}`,
  ];
}

/**
 * The process's connections when the listeners want so many: with those of the log bridge, which must not be taken from
 * the listeners', and no more than this machine's descriptors allow: haproxy would refuse to start although `haproxy -c`
 * passes.
 */
export async function connectionLimit(wanted: number, ring: LogRing | null): Promise<number> {
  const needed = Math.ceil(wanted * DESCRIPTORS_PER_CONNECTION) + SPARE_DESCRIPTORS;
  const hardLimit = await maxOpenFiles();
  if (needed <= hardLimit || (await canRaiseTo(needed))) return ring === null ? wanted : wanted + BRIDGE_CONNECTIONS;
  return Math.max(Math.floor((hardLimit - SPARE_DESCRIPTORS) / DESCRIPTORS_PER_CONNECTION), 1);
}

/** Hard limit of open files of this process. */
export async function maxOpenFiles(): Promise<number> {
  const text = /^Max open files\s+\S+\s+(\S+)/m.exec(await readFile('/proc/self/limits', 'utf8'))?.[1];
  return text === undefined || text === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(text);
}

/** What is known of this process's right to raise its limit; it does not change while it runs. */
const raisable = { highest: 0, refused: Number.POSITIVE_INFINITY };

async function canRaiseTo(descriptors: number): Promise<boolean> {
  if (descriptors <= raisable.highest) return true;
  if (descriptors >= raisable.refused) return false;
  const can = await tryToRaise(descriptors);
  if (can) raisable.highest = descriptors;
  else raisable.refused = descriptors;
  return can;
}

async function tryToRaise(descriptors: number): Promise<boolean> {
  try {
    await run('sh', ['-c', `ulimit -n ${descriptors}`]);
    return true;
  } catch (error) {
    if (error instanceof CommandFailed) return false;
    throw error;
  }
}
