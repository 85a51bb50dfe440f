import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isSameProcessAlive, identifyProcess } from '../../../lib/linux/process-look.ts';
import type { ProcessIdentity } from '../../../lib/linux/process-look.ts';
import { CommandFailed, run } from '../../../lib/run.ts';
import { isMissingFile } from '../../../lib/missing-file.ts';
import type { World } from '../world.ts';
import { ServiceFailed } from './service-manager.ts';
import type { ServiceManager, ServiceSpec } from './service-manager.ts';

const UNIT_DIRECTORY = '/etc/systemd/system';

/** Daemons as systemd units: a virtual-machine amphora brings them back after a reboot. */
export class SystemdServices implements ServiceManager {
  readonly #world: World;
  readonly #known = new Map<string, ProcessIdentity>();
  /** Where in the journal what counts as output begins, by service: seconds since 1970. */
  readonly #outputSince = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  async start(spec: ServiceSpec): Promise<void> {
    await this.forgetOutput(spec.name);
    const text = renderUnit(spec, this.#world);
    const file = unitFile(spec.name);
    if ((await readUnit(file)) !== text) {
      await writeFile(file, text, { mode: 0o644 });
      await systemctl('daemon-reload');
    }
    await systemctl('enable', '--quiet', unit(spec.name));
    await systemctl('reset-failed', unit(spec.name)).catch(ignoreUnknownUnit);
    try {
      await systemctl('start', unit(spec.name));
    } catch (error) {
      if (error instanceof CommandFailed) throw new ServiceFailed(spec.name, 'could not be started', await this.output(spec.name));
      throw error;
    }
  }

  async stop(name: string): Promise<void> {
    await systemctl('stop', unit(name)).catch(ignoreUnknownUnit);
  }

  async remove(name: string): Promise<void> {
    await this.stop(name);
    await systemctl('disable', '--quiet', unit(name)).catch(ignoreUnknownUnit);
    await rm(unitFile(name), { force: true });
    await systemctl('daemon-reload');
  }

  /** Asks systemd only when the process known last is gone: this is called every second. */
  async running(name: string): Promise<ProcessIdentity | null> {
    const known = this.#known.get(name);
    if (known && isSameProcessAlive(known)) return known;
    this.#known.delete(name);
    const pid = Number(await this.#show(name, 'MainPID'));
    const found = pid > 0 ? identifyProcess(pid) : null;
    if (found) this.#known.set(name, found);
    return found;
  }

  async exits(name: string): Promise<number> {
    return Number(await this.#show(name, 'NRestarts')) || 0;
  }

  async revive(): Promise<void> {
    // Enabled units are systemd's own business.
  }

  async output(name: string): Promise<string> {
    const since = this.#outputSince.get(name);
    const window = since === undefined ? [] : [`--since=@${since.toFixed(3)}`];
    return (await run('journalctl', ['--quiet', '--no-pager', '--output=cat', '--lines=40', ...window, `--unit=${unit(name)}`])).stdout;
  }

  async forgetOutput(name: string): Promise<void> {
    this.#outputSince.set(name, Date.now() / 1000);
  }

  async #show(name: string, property: string): Promise<string> {
    return (await run('systemctl', ['show', `--property=${property}`, '--value', unit(name)])).stdout.trim();
  }
}

/** The unit of a service: systemd restarts it at once whatever ended it. */
export function renderUnit(spec: ServiceSpec, world: World): string {
  const isHaproxy = spec.name.startsWith('haproxy-');
  return [
    '[Unit]',
    `Description=${spec.description}`,
    // An image of the original has this unit too.
    'After=network.target amphora-netns.service',
    'Wants=amphora-netns.service',
    ...(isHaproxy ? ['Before=octavia-keepalived.service'] : []),
    'StartLimitIntervalSec=0',
    '',
    '[Service]',
    'Type=simple',
    ...(spec.stalePidFiles.length > 0 ? [`ExecStartPre=-/bin/rm -f ${spec.stalePidFiles.join(' ')}`] : []),
    `ExecStart=/usr/bin/env ${world.inside(spec.command).map(quote).join(' ')}`,
    // Ours signals the process itself; the Python agent, should it come back, asks systemd.
    `ExecReload=/bin/kill -${isHaproxy ? 'USR2' : 'HUP'} $MAINPID`,
    'Restart=always',
    'RestartSec=50ms',
    'KillMode=mixed',
    'LimitNOFILE=2600000',
    '',
    '[Install]',
    'WantedBy=multi-user.target',
    '',
  ].join('\n');
}

function quote(word: string): string {
  const escaped = word.replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /^[\w@%+=:,./$-]+$/.test(escaped) ? escaped : `"${escaped.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

const unit = (name: string): string => `${name}.service`;
const unitFile = (name: string): string => join(UNIT_DIRECTORY, unit(name));

async function systemctl(...args: readonly string[]): Promise<void> {
  await run('systemctl', args, { timeoutMs: 60_000 });
}

async function readUnit(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isMissingFile(error)) return null;
    throw error;
  }
}

function ignoreUnknownUnit(error: unknown): void {
  if (!(error instanceof CommandFailed && /not loaded|does not exist|not found/i.test(error.stderr))) throw error;
}
