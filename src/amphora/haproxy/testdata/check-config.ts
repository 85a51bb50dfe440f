import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run } from '../../../lib/run.ts';

/** Directory with the certificate files that a configuration names; removed by `close`. */
export interface CheckBench {
  /** What `haproxy -c` says against the file: empty when it accepts it without a word. Throws CommandFailed otherwise. */
  check(config: string): Promise<string>;
  close(): void;
}

/** Runs `haproxy -c` on configurations whose paths under /var/lib/octavia are moved to a scratch directory. */
export function createCheckBench(): CheckBench {
  const directory = mkdtempSync(join(tmpdir(), 'haproxy-check-'));
  const pem = makePem(directory);
  return {
    async check(config) {
      const moved = config.replaceAll('/var/lib/octavia', directory);
      for (const path of moved.match(new RegExp(`${directory}/certs/[^\\s]+`, 'g')) ?? []) {
        mkdirSync(dirname(path), { recursive: true });
        const isList = moved.includes(`crt-list ${path}`);
        const isRevocationList = moved.includes(`crl-file ${path}`);
        writeFileSync(path, isList ? `${join(directory, 'bundle.pem')}\n` : isRevocationList ? pem.crl : pem.bundle);
      }
      const file = join(directory, 'haproxy.cfg');
      writeFileSync(file, moved);
      const { stdout, stderr } = await run('haproxy', ['-c', '-q', '-L', 'checked', '-f', file]);
      return `${stdout}${stderr}`;
    },
    close: () => rmSync(directory, { recursive: true, force: true }),
  };
}

function makePem(directory: string): { bundle: string; crl: string } {
  const openssl = (...args: string[]): string => execFileSync('openssl', args, { cwd: directory, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const key = openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout');
  writeFileSync(join(directory, 'key.pem'), key);
  const certificate = openssl('req', '-x509', '-new', '-key', 'key.pem', '-subj', '/CN=test.example', '-days', '2');
  writeFileSync(join(directory, 'ca.pem'), certificate);
  writeFileSync(join(directory, 'index.txt'), '');
  writeFileSync(join(directory, 'ca.cnf'), '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\ndefault_md=sha256\ndefault_crl_days=2\n');
  const crl = openssl('ca', '-config', 'ca.cnf', '-gencrl', '-keyfile', 'key.pem', '-cert', 'ca.pem');
  const bundle = `${certificate}${key}`;
  writeFileSync(join(directory, 'bundle.pem'), bundle);
  return { bundle, crl };
}
