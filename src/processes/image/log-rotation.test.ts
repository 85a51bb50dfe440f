import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { projectRoot } from '../project.ts';

const LOGROTATE = '/usr/sbin/logrotate';
/** As the packages haproxy and rsyslog of Debian bring them. */
const PACKAGED = {
  haproxy: '/var/log/haproxy.log {\n    daily\n    rotate 7\n    missingok\n    notifempty\n    compress\n    delaycompress\n}\n',
  rsyslog: '/var/log/syslog\n/var/log/mail.log\n/var/log/kern.log\n/var/log/auth.log\n/var/log/user.log\n/var/log/cron.log\n{\n    rotate 4\n    weekly\n    missingok\n    notifempty\n    compress\n}\n',
};

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'octavia-rotation-'));
  for (const directory of ['etc/logrotate.d', 'var/log']) mkdirSync(join(root, directory), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

/** What logrotate would do in an image whose root this is. */
function rotation(): string {
  const directory = join(root, 'etc/logrotate.d');
  for (const name of readdirSync(directory)) writeFileSync(join(directory, name), readFileSync(join(directory, name), 'utf8').replaceAll('/var/log/', `${root}/var/log/`), { mode: 0o644 });
  writeFileSync(join(root, 'logrotate.conf'), `include ${directory}\n`, { mode: 0o644 });
  return spawnSync(LOGROTATE, ['--debug', '--state', join(root, 'state'), join(root, 'logrotate.conf')], { encoding: 'utf8' }).stderr;
}

describe.skipIf(!existsSync(LOGROTATE))('logs in an image', () => {
  it.each(['haproxy.log', 'syslog', 'cron.log'])('%s is set aside as soon as it is large, whatever the packages bring for it', (name) => {
    for (const [file, text] of Object.entries(PACKAGED)) writeFileSync(join(root, 'etc/logrotate.d', file), text);
    copyFileSync(join(projectRoot, 'deploy/amphora-image/overlay/etc/logrotate.d/octavia'), join(root, 'etc/logrotate.d/octavia'));
    for (const log of ['haproxy.log', 'syslog', 'cron.log']) writeFileSync(join(root, 'var/log', log), 'line\n');
    truncateSync(join(root, 'var/log', name), 60 * 1024 * 1024);
    const [rotateAlone] = /^rotate_alone\(\) \{[\s\S]+?^\}$/m.exec(readFileSync(join(projectRoot, 'deploy/amphora-image/build-disk.sh'), 'utf8')) ?? [];
    execFileSync('sh', ['-euc', `root=${root}\n${rotateAlone}\nrotate_alone`]);
    const said = rotation();
    expect(said).not.toMatch(/error/);
    expect(said).toMatch(new RegExp(`considering log ${root}/var/log/${name}\\n[^]*?log needs rotating`));
  });
});
