import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { OctaviaError } from '../../lib/errors.ts';
import { run } from '../../lib/run.ts';
import { projectVersion } from '../project.ts';
import { withScratch } from '../with-scratch.ts';
import { buildAgent } from './build-agent.ts';
import { sourceDate } from './source-date.ts';

/** Where the agent lies on an amphora. */
const INSTALLED = 'usr/lib/octavia-amphora-agent';
const PACKAGE = 'octavia-amphora-agent';
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };
const TIMEOUT_MS = 300_000;

/**
 * `octavia image agent`: the agent as a Debian package (`.deb`) or a tarball (`.tar.gz`) whose install.sh puts it onto any
 * amphora with systemd. The same sources give the same bytes.
 */
export async function packageAgent({ output }: { readonly output: string }): Promise<void> {
  const target = resolve(output);
  const make = target.endsWith('.deb') ? makeDebianPackage : /\.(tar\.gz|tgz)$/.test(target) ? makeTarball : null;
  if (make === null) throw new OctaviaError('unknown-package-format', `${output} ends neither in .deb nor in .tar.gz.`);
  await withScratch('octavia-agent-package-', async (scratch) => {
    await mkdir(dirname(target), { recursive: true });
    await make(scratch, target, await sourceDate());
    process.stdout.write(`${target}\n`);
  });
}

async function makeTarball(scratch: string, target: string, date: number): Promise<void> {
  await buildAgent(join(scratch, PACKAGE));
  const same = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', `--mtime=@${date}`];
  await run('tar', ['--create', '--use-compress-program=gzip -n', ...same, '--file', target, '--directory', scratch, PACKAGE], { timeoutMs: TIMEOUT_MS });
}

async function makeDebianPackage(scratch: string, target: string, date: number): Promise<void> {
  const root = join(scratch, 'root');
  await buildAgent(join(root, INSTALLED));
  await mkdir(join(root, 'DEBIAN'));
  await writeFile(join(root, 'DEBIAN/control'), control());
  for (const [name, text] of Object.entries(SCRIPTS)) {
    await writeFile(join(root, 'DEBIAN', name), text);
    await chmod(join(root, 'DEBIAN', name), 0o755);
  }
  await run('find', [root, '-exec', 'touch', '--no-dereference', `--date=@${date}`, '{}', '+']);
  // gzip: xz takes minutes for Node's binary, and older dpkg knows no zstd.
  await run('dpkg-deb', ['-Zgzip', '-z4', '--root-owner-group', '--build', root, target], { timeoutMs: TIMEOUT_MS, env: { SOURCE_DATE_EPOCH: String(date) } });
}

const SCRIPTS = {
  postinst: `#!/bin/sh\nset -e\n[ "$1" != configure ] || /${INSTALLED}/install.sh\n`,
  prerm: `#!/bin/sh\nset -e\n[ "$1" != remove ] || /${INSTALLED}/install.sh --remove\n`,
};

function control(): string {
  return [
    `Package: ${PACKAGE}`,
    `Version: ${projectVersion()}`,
    `Architecture: ${ARCHITECTURES[process.arch] ?? process.arch}`,
    'Maintainer: Octavia in TypeScript <octavia@localhost>',
    'Section: net',
    'Priority: optional',
    'Depends: libc6 (>= 2.28), libstdc++6, bash, bsdutils, haproxy, iproute2, keepalived, netbase, nftables, procps, util-linux',
    'Recommends: conntrack, iputils-ping, ipvsadm, rsyslog, socat',
    'Description: agent of Octavia amphorae',
    ' Takes the place of the Python amphora agent and reads the same files: configuration, certificates and load balancers',
    ' of the machine stay as they are.',
    '',
  ].join('\n');
}
