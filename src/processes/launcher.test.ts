import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { projectRoot } from './project.ts';

const GUARD = '/usr/sbin/policy-rc.d';
/** What the launcher itself needs; curl, nsenter and openssl are missing here. */
const TOOLS = ['sh', 'readlink', 'dirname', 'basename', 'cmp', 'mktemp', 'tail', 'rm', 'chmod', 'cat', 'find', 'sort', 'cksum', 'tr', 'xargs', 'sha256sum', 'mkdir', 'rmdir'];

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'octavia-launcher-'));
  for (const name of ['bin', 'node_modules/.bin', 'src']) mkdirSync(join(directory, name), { recursive: true });
  for (const tool of TOOLS) symlinkSync(execFileSync('sh', ['-c', `command -v ${tool}`]).toString().trim(), join(directory, 'bin', tool));
  writeFileSync(join(directory, 'package-lock.json'), '{}');
  writeFileSync(join(directory, 'node_modules/.installed-lock'), '{}');
  program('octavia', readFileSync(join(projectRoot, 'octavia'), 'utf8').replace(GUARD, join(directory, 'guard')));
  program('node_modules/.bin/node', '#!/bin/sh\necho "started $*"\n');
  program('bin/id', '#!/bin/sh\necho 0\n');
});
afterEach(() => rmSync(directory, { recursive: true }));

function program(name: string, text: string): void {
  writeFileSync(join(directory, name), text);
  chmodSync(join(directory, name), 0o755);
}

function launch(aptGet: string, ...args: string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string; readonly isGuarded: boolean } {
  program('bin/apt-get', `#!/bin/sh\n: >"${join(directory, 'asked')}"\n${aptGet}\n`);
  const { status, stdout, stderr } = spawnSync(join(directory, 'octavia'), args, { env: { PATH: join(directory, 'bin'), TMPDIR: directory, OCTAVIA_DASHBOARD: 'as-it-is' }, encoding: 'utf8' });
  return { status, stdout, stderr, isGuarded: existsSync(join(directory, 'guard')) };
}
const hasAsked = (): boolean => existsSync(join(directory, 'asked'));

describe('the launcher', () => {
  it.each([['doctor'], ['doctor', '--config-file', 'f'], ['up', '--help'], ['up', '--version'], ['image', 'build', '-h'], ['status', 'upgrade', 'check']])('installs nothing for %s %s %s', (...args) => {
    expect(launch('', ...args)).toMatchObject({ status: 0, stdout: expect.stringContaining(args.join(' ')) });
    expect(hasAsked()).toBe(false);
  });

  it.each([['it went well', 'exit 0', 0], ['it failed', 'exit 1', 1], ['it was interrupted', 'kill -INT $PPID', 130], ['it was ended', 'kill -TERM $PPID', 143]])('services of packages may start again after an installation: %s', (_name, aptGet, status) => {
    const ended = launch(`[ -e "${join(directory, 'guard')}" ] || exit 7; ${aptGet}`, 'up');
    expect(hasAsked()).toBe(true);
    expect(ended).toMatchObject({ status, isGuarded: false });
  });

  it.each([['dashboard'], ['dashboard', '--help'], ['dashboard', 'build', '--help'], ['dashboard', 'biuld']])('builds nothing for %s %s', (...args) => {
    expect(launch('', ...args)).toMatchObject({ status: 0, stdout: expect.stringContaining(args.join(' ')) });
  });

  it('a dashboard that is not built is a failure of the command that was to build it', () => {
    for (const name of ['dashboard/src', 'dashboard/public', 'src/model', 'dashboard/.building']) mkdirSync(join(directory, name), { recursive: true });
    for (const name of ['dashboard/.npmrc', 'dashboard/index.html']) writeFileSync(join(directory, name), '');
    expect(launch('', 'dashboard', 'build')).toMatchObject({ status: 1, stderr: expect.stringMatching(/the dashboard was not built: .*another build is under way/) });
  });
});
