import { OctaviaError, reasonOf } from '../../../lib/errors.ts';
import { ipBatch } from '../../../lib/linux/ip-batch.ts';
import { CommandFailed } from '../../../lib/run.ts';
import type { Logger } from '../../../telemetry/logger.ts';
import type { AmphoraPaths } from '../amphora-paths.ts';
import { pathExists } from '../../../lib/missing-file.ts';
import type { World } from '../world.ts';
import type { InterfaceFile } from './interface-file.ts';
import { planInterface } from './plan-interface.ts';
import { readInterfaceState } from './read-interface.ts';
import type { AmphoraInterface } from './read-interface.ts';
import { ensureBaseRules } from './sriov-rules.ts';

/** The interface could not be brought up; `output` is what the failing program said. */
export class BringUpFailed extends OctaviaError {
  readonly output: string;

  constructor(name: string, cause: CommandFailed) {
    super('interface-bring-up-failed', `${name} could not be set up: ${cause.message}`, { retry: 'retry', cause });
    this.output = cause.stderr + cause.stdout;
  }
}

interface BringUpContext { readonly world: World; readonly paths: AmphoraPaths; readonly log: Logger }

/**
 * Makes the interface look like its file; repeating it changes nothing. `before` are lines for `ip -batch` that must come
 * first (giving it its name). Throws BringUpFailed.
 */
export async function bringUp(context: BringUpContext, found: AmphoraInterface, file: InterfaceFile, before: readonly string[] = []): Promise<void> {
  const { world, log } = context;
  try {
    // Rules come for the VIP alone: members' interfaces, whatever card they are on, would stay closed for ever.
    if (file.is_sriov && file.if_type === 'vip') await ensureBaseRules(context);
    const plan = planInterface(file, await readInterfaceState(world.netns, found, file));
    await runLines([...before, ...plan.required], { netns: world.netns });
    try {
      await runLines(plan.lenient, { netns: world.netns, force: true });
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error;
      log.warn({ interface: file.name, reason: reasonOf(error) }, 'Some routes were not accepted');
    }
    if (!found.isUp) await askForAddresses(context, file);
    await runScripts(context, file);
  } catch (error) {
    if (error instanceof CommandFailed) throw new BringUpFailed(file.name, error);
    throw error;
  }
}

/** `ip -batch` takes rules of IPv6 only when all its lines are of that family. */
async function runLines(lines: readonly string[], options: { readonly netns: string; readonly force?: boolean }): Promise<void> {
  const isRule6 = (line: string): boolean => line.startsWith('rule ') && line.includes(':');
  await ipBatch(lines.filter((line) => !isRule6(line)), options);
  await ipBatch(lines.filter(isRule6), { ...options, family: 6 });
}

async function askForAddresses({ world }: BringUpContext, file: InterfaceFile): Promise<void> {
  if (file.addresses.some((entry) => 'dhcp' in entry && entry.dhcp)) {
    await world.run(['/sbin/dhclient', '-lf', `/var/lib/dhclient/dhclient-${file.name}.leases`, '-pf', `/run/dhclient-${file.name}.pid`, file.name], { timeoutMs: 60_000 });
  }
  if (file.addresses.some((entry) => 'ipv6auto' in entry && entry.ipv6auto)) {
    const settings = ['accept_ra=2', 'autoconf=1'].map((setting) => setting.split('='));
    const script = settings.map(([key, value]) => `echo ${value} > /proc/sys/net/ipv6/conf/"$1"/${key}`).join(' && ');
    await world.runInNetwork(['sh', '-c', script, 'sh', file.name]);
  }
}

/** The scripts belong to the machine image; a namespace amphora has none and masquerades with its L4 rules. */
async function runScripts({ world }: BringUpContext, file: InterfaceFile): Promise<void> {
  if (!world.isWholeMachine) return;
  for (const { command } of file.scripts.up) {
    const words = command.split(' ');
    if (await pathExists(words[0] ?? '')) await world.runInNetwork(words);
  }
}
