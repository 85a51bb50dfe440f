import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../src/lib/run.ts';

export interface Load {
  readonly url: string;
  readonly seconds: number;
  readonly connections: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent by POST; GET without it. */
  readonly body?: string;
  /** The server ends answers by closing the connection, without a length; wrk takes that for a read error. */
  readonly endsByClose?: boolean;
}

export interface LoadResult {
  readonly requests: number;
  readonly perSecond: number;
  readonly p95Ms: number;
}

/** Asks one URL over and over on so many connections. Throws when an answer is not a success or a connection fails. */
export async function wrk({ url, seconds, connections, headers = {}, body, endsByClose = false }: Load): Promise<LoadResult> {
  const script = join(tmpdir(), `octavia-wrk-${process.pid}-${performance.now()}.lua`);
  writeFileSync(
    script,
    `${body === undefined ? '' : `wrk.method = "POST"\nwrk.body = [==[${body}]==]\nwrk.headers["Content-Type"] = "application/json"\n`}`
    + 'done = function(summary, latency)\n'
    + '  io.write(string.format("RESULT %d %d %d %d %d %d\\n", summary.requests, summary.duration, latency:percentile(95),'
    + ' summary.errors.status, summary.errors.connect + summary.errors.write + summary.errors.timeout, summary.errors.read))\nend\n',
  );
  try {
    const args = ['-t1', `-c${connections}`, `-d${seconds}`, '--timeout', '30s', '-s', script, ...Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]), url];
    const { stdout } = await run('wrk', args, { timeoutMs: (seconds + 60) * 1000 });
    const [requests = 0, micros = 1, p95 = 0, refused = 0, broken = 0, unread = 0] = /^RESULT (.*)$/m.exec(stdout)?.[1]?.split(' ').map(Number) ?? [];
    if (requests === 0 || refused > 0 || broken > 0 || (unread > 0 && !endsByClose)) throw new Error(`${url}: ${requests} answers, ${refused} of them refusals, ${broken + unread} broken connections\n${stdout}`);
    return { requests, perSecond: requests / (micros / 1e6), p95Ms: p95 / 1000 };
  } finally {
    rmSync(script, { force: true });
  }
}
