import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseAgentConfig } from '../../amphora/agent/agent-config.ts';
import { isMissingFile } from '../../lib/missing-file.ts';
import { readTextOrNull, replaceFile } from '../../lib/replace-file.ts';
import { OctaviaError } from '../../lib/errors.ts';
import { run } from '../../lib/run.ts';
import { readBootData } from './boot-data.ts';
import type { BootData, ConfigDrive } from './boot-data.ts';
import { renderNetworkUnits } from './management-network.ts';

const MOUNT_POINT = '/run/octavia-config-drive';
const DEVICE = '/dev/disk/by-label/config-2';
/** A machine without hardware support on a busy host takes minutes for what others do in a second. */
const DEVICE_PATIENCE_MS = 240_000;
const LOOK_EVERY_MS = 100;
const KNOWN_INSTANCE = '/var/lib/octavia-amphora-agent/instance-id';
const PLUGGED_INTERFACES = '/var/lib/octavia/plugged_interfaces';
const AGENT_CONFIG = '/etc/octavia/amphora-agent.conf';
const FIREWALL = '/etc/nftables.d/agent-port.nft';
const LOGIN_HOME = '/home/debian';

/**
 * What cloud-init does on other images: before network, log and agent start, gives this machine what its config drive
 * says. Files are written when the server is new and left alone later: the controller has changed them since.
 */
export async function runAmphoraBoot(): Promise<void> {
  const boot = readBootData(await readDrive());
  const plugged = ((await readTextOrNull(PLUGGED_INTERFACES)) ?? '').split('\n').map((line) => (line.split(' ')[0] ?? '').toLowerCase()).filter((mac) => mac !== '');
  for (const [path, text] of renderNetworkUnits(boot.networkData, { managementLinks: boot.managementLinks, pluggedMacs: new Set(plugged) })) await replaceFile(path, text, 0o644);
  if ((await readTextOrNull(KNOWN_INSTANCE))?.trim() === boot.instanceId) return;
  await settle(boot);
  await replaceFile(KNOWN_INSTANCE, `${boot.instanceId}\n`, 0o644);
}

async function settle(boot: BootData): Promise<void> {
  for (const file of boot.files) await replaceFile(file.path, file.content, file.mode);
  if (boot.hostname !== null) {
    await replaceFile('/etc/hostname', `${boot.hostname}\n`, 0o644);
    await writeFile('/proc/sys/kernel/hostname', boot.hostname);
  }
  if (boot.timezone !== null) await setTimezone(boot.timezone);
  await openAgentPort();
  await admit(boot.sshKeys);
}

async function setTimezone(name: string): Promise<void> {
  if (!/^[\w+-]+(\/[\w+-]+)*$/.test(name) || (await readFile(`/usr/share/zoneinfo/${name}`).catch(() => null)) === null) return;
  await run('ln', ['-sfn', `/usr/share/zoneinfo/${name}`, '/etc/localtime']);
}

/** The firewall lets the controllers in at the agent's port. */
async function openAgentPort(): Promise<void> {
  const config = await readTextOrNull(AGENT_CONFIG);
  if (config !== null) await replaceFile(FIREWALL, `add element inet octavia_machine agent_ports { ${parseAgentConfig(config).bindPort} }\n`, 0o644);
}

/** Only images with an SSH server have that home directory. */
async function admit(keys: readonly string[]): Promise<void> {
  const names = await readdir(LOGIN_HOME).catch((error: unknown) => {
    if (isMissingFile(error)) return null;
    throw error;
  });
  if (names === null) return;
  await replaceFile(join(LOGIN_HOME, '.ssh/authorized_keys'), keys.map((key) => `${key}\n`).join(''), 0o600);
  await chmod(join(LOGIN_HOME, '.ssh'), 0o700);
  await run('chown', ['-R', 'debian:debian', join(LOGIN_HOME, '.ssh')]);
  await run('ssh-keygen', ['-A'], { timeoutMs: 300_000 });
}

async function readDrive(): Promise<ConfigDrive> {
  await driveIsThere();
  await mkdir(MOUNT_POINT, { recursive: true, mode: 0o700 });
  await run('mount', ['-o', 'ro,nosuid,nodev,noexec', DEVICE, MOUNT_POINT], { timeoutMs: 60_000 });
  try {
    const latest = join(MOUNT_POINT, 'openstack/latest');
    return {
      metaData: await readFile(join(latest, 'meta_data.json'), 'utf8'),
      networkData: await readTextOrNull(join(latest, 'network_data.json')),
      userData: await readTextOrNull(join(latest, 'user_data')),
      content: await readContent(join(MOUNT_POINT, 'openstack/content')),
    };
  } finally {
    await run('umount', [MOUNT_POINT]);
  }
}

/** Not `udevadm settle`: with nothing to do yet it is content at once. */
async function driveIsThere(): Promise<void> {
  for (const deadline = Date.now() + DEVICE_PATIENCE_MS; !existsSync(DEVICE); await pause(LOOK_EVERY_MS)) {
    if (Date.now() > deadline) throw new OctaviaError('no-config-drive', `There is no config drive: ${DEVICE} has not come within ${DEVICE_PATIENCE_MS / 1000} s.`);
  }
}

async function readContent(directory: string): Promise<ReadonlyMap<string, Buffer>> {
  const names = await readdir(directory).catch((error: unknown) => {
    if (isMissingFile(error)) return [];
    throw error;
  });
  return new Map(await Promise.all(names.map(async (name) => [`/content/${name}`, await readFile(join(directory, name))] as const)));
}
