import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { projectRoot } from '../project.ts';

const SOURCES = join(projectRoot, 'deploy/amphora-image');

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'octavia-image-root-'));
  for (const name of ['bin', 'agent', 'root/tmp', 'root/run', 'root/var/log', 'root/var/cache', 'root/etc/sudoers.d', 'root/etc/ssh']) mkdirSync(join(directory, name), { recursive: true });
  // Programs of the image itself cannot run here.
  for (const name of ['bin/chroot', 'bin/systemctl', 'agent/install.sh']) {
    writeFileSync(join(directory, name), '#!/bin/sh\n');
    chmodSync(join(directory, name), 0o755);
  }
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Sets up what Debian's packages would have left in a root file system. */
function setUp(withSsh: 'yes' | 'no'): string {
  const script = readFileSync(join(SOURCES, 'build-disk.sh'), 'utf8');
  const functions = ['rotate_alone', 'set_up_root'].map((name) => new RegExp(`^${name}\\(\\) \\{[\\s\\S]+?^\\}$`, 'm').exec(script)?.[0]);
  const root = join(directory, 'root');
  const settings = `here=${SOURCES}\nroot=${root}\nAGENT=${join(directory, 'agent')}\nWITH_SSH=${withSsh}\n`;
  execFileSync('sh', ['-euc', `${settings}${functions.join('\n')}\nset_up_root`], { env: { PATH: `${join(directory, 'bin')}:${process.env['PATH']}` }, stdio: 'pipe' });
  return root;
}

describe('the root file system of an image', () => {
  it('has a server for SSH and its way through the firewall when that is wanted', () => {
    expect(readFileSync(join(setUp('yes'), 'etc/nftables.d/login.nft'), 'utf8')).toContain('login_ports { 22 }');
  });

  it('has none otherwise', () => {
    const root = setUp('no');
    expect(['etc/ssh', 'etc/nftables.d/login.nft'].filter((path) => existsSync(join(root, path)))).toEqual([]);
  });
});
