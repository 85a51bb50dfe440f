import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
