import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { projectRoot } from '../project.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'octavia-installer-'));
  writeFileSync(join(directory, 'systemctl'), '#!/bin/sh\necho "$*"\n');
  chmodSync(join(directory, 'systemctl'), 0o755);
});
afterEach(() => rmSync(directory, { recursive: true }));

/** What the installer of the agent asks of systemd for these words. */
function asked(destdir: string, words: string): string {
  const [ask] = /^systemd\(\) \{[\s\S]+?^\}$/m.exec(readFileSync(join(projectRoot, 'deploy/amphora-agent/install.sh'), 'utf8')) ?? [];
  return execFileSync('sh', ['-euc', `destdir=${destdir}\n${ask}\nsystemd ${words}`], { env: { PATH: `${directory}:${process.env['PATH']}` }, encoding: 'utf8' }).trim();
}

describe.skipIf(existsSync('/run/systemd/system'))('the installer of the agent within an image', () => {
  it.each([
    ['', 'disable prometheus-proxy.service', '--root=/ --quiet disable prometheus-proxy.service'], ['', 'enable amphora-agent.service', '--root=/ --quiet enable amphora-agent.service'],
    ['', 'restart amphora-agent.service', ''], ['', 'daemon-reload', ''], ['/image', 'enable amphora-agent.service', '--root=/image --quiet enable amphora-agent.service'], ['/image', 'start amphora-agent.service', ''],
  ])('with DESTDIR "%s", systemd %s', (destdir, words, expected) => expect(asked(destdir, words)).toBe(expected));
});

it('an agent that runs is replaced by another one', async () => {
  const [source, root] = [join(directory, 'package'), join(directory, 'root')];
  cpSync(join(projectRoot, 'deploy/amphora-agent/files'), source, { recursive: true });
  cpSync(join(projectRoot, 'deploy/amphora-agent/systemd'), join(source, 'systemd'), { recursive: true });
  copyFileSync(join(projectRoot, 'deploy/amphora-agent/install.sh'), join(source, 'install.sh'));
  copyFileSync('/bin/sleep', join(source, 'node'));
  const install = () => execFileSync('sh', [join(source, 'install.sh')], { env: { PATH: `${directory}:${process.env['PATH']}`, DESTDIR: root }, encoding: 'utf8', stdio: 'pipe' });
  install();
  const installed = join(root, 'usr/lib/octavia-amphora-agent/node');
  const running = spawn(installed, ['60']);
  try {
    await once(running, 'spawn');
    writeFileSync(join(source, 'node'), 'the next one');
    install();
    expect(readFileSync(installed, 'utf8')).toBe('the next one');
  } finally {
    running.kill();
  }
});
