import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig, loadConfigWithWarnings } from '../../config/load-config.ts';
import { projectRoot } from '../project.ts';
import { logFileOf } from './open-log.ts';

const deploy = join(projectRoot, 'deploy');
const main = readFileSync(join(projectRoot, 'src/processes/main.ts'), 'utf8');

/** Requests under way and providers (api), runs (worker), one renewal (housekeeping), provider agents (driver-agent); and a little for the rest. */
const LONGEST_END_SECONDS: Readonly<Record<string, number>> = { api: 30 + 12 + 5, worker: 60 + 10, housekeeping: 60 + 10, 'driver-agent': 60 + 10, 'health-manager': 30, 'light-host': 30 };

describe('what is installed', () => {
  it('the configuration to edit is understood without a warning', () => {
    const { config, warnings } = loadConfigWithWarnings({ files: [join(deploy, 'octavia.conf')], env: {} });
    expect(warnings).toEqual([]);
    // Two processes with one port would leave one without figures.
    const ports = Object.entries(config.metrics).filter(([name]) => name.endsWith('_port')).map(([, port]) => port);
    expect(new Set(ports).size).toBe(ports.length);
    // The steps to a new authority need a bundle of its own.
    expect(config.haproxy_amphora.server_ca).not.toBe(config.certificates.ca_certificate);
  });

  it.each(readdirSync(join(deploy, 'systemd')))('%s starts a command that exists and is told of life, reload and end', (unit) => {
    const text = readFileSync(join(deploy, 'systemd', unit), 'utf8');
    const name = /^ExecStart=@root@\/octavia ([a-z-]+) --config-file \/etc\/octavia\/octavia\.conf$/m.exec(text)?.[1] ?? '';
    expect(unit).toBe(`octavia-${name}.service`);
    expect(main).toContain(`service('${name}',`);
    for (const line of ['Type=notify', 'NotifyAccess=all', 'ExecReload=/bin/kill -HUP $MAINPID', 'Restart=always']) expect(text).toContain(`\n${line}\n`);
    expect(Number(/^WatchdogSec=(\d+)$/m.exec(text)?.[1])).toBeGreaterThan(0);
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(text)?.[1])).toBeGreaterThanOrEqual(LONGEST_END_SECONDS[name] ?? Infinity);
  });

  it.skipIf(!/^\/(?:root|home\/.)/.test(homedir()))('nothing is installed from a directory that units hide from their services', () => {
    const home = mkdtempSync(join(homedir(), 'octavia-install-'));
    try {
      mkdirSync(join(home, 'deploy'));
      cpSync(join(deploy, 'install.sh'), join(home, 'deploy/install.sh'));
      // Without any program that could change something.
      for (const tool of ['sh', 'dirname', 'readlink']) symlinkSync(execFileSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).trim(), join(home, tool));
      const { status, stderr } = spawnSync(join(home, 'deploy/install.sh'), { env: { PATH: home }, encoding: 'utf8' });
      expect([status, stderr]).toEqual([1, expect.stringContaining('/opt/octavia')]);
    } finally {
      rmSync(home, { recursive: true });
    }
    for (const unit of ['api', 'worker', 'health-manager', 'housekeeping', 'driver-agent']) expect(readFileSync(join(deploy, `systemd/octavia-${unit}.service`), 'utf8')).toContain('\nProtectHome=yes\n');
  });

  it.each([
    [null, null, null], [null, '/x/o.log', '/x/o.log'], ['/var/log', null, '/var/log/octavia-api.log'], ['/var/log', 'o.log', '/var/log/o.log'], ['/var/log', '/x/o.log', '/x/o.log'],
  ])('with log_dir %s and log_file %s the log is %s', (log_dir, log_file, expected) => {
    expect(logFileOf(loadConfig({ env: {}, overrides: { DEFAULT: { log_dir, log_file } } }), 'octavia-api')).toBe(expected);
  });
});
