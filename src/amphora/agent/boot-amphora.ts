import { mkdir, readFile } from 'node:fs/promises';
import { ensureNetns, netnsExists } from '../../lib/linux/netns.ts';
import type { AgentState } from './agent-state.ts';
import { writeVerdict } from './haproxy/verdict.ts';
import { loopbackInterface } from './interfaces/interface-file.ts';
import { pathExists } from '../../lib/missing-file.ts';
import { replaceFile } from '../../lib/replace-file.ts';

/** The kernel announces addresses by itself when an interface goes up or gets its MAC address set. */
const ANNOUNCE = { 'net/ipv4/conf/all/arp_notify': '1', 'net/ipv6/conf/all/ndisc_notify': '1' };

/** What the amphora image's netns service sets; for a namespace amphora its host does. */
const WHOLE_MACHINE = {
  'net/ipv4/ip_nonlocal_bind': '1', 'net/ipv6/ip_nonlocal_bind': '1', 'net/ipv4/ip_forward': '1', 'net/ipv6/conf/all/forwarding': '1',
  // PING monitors: haproxy gives its children no privileges, so ping may only open what every group may.
  'net/ipv4/ping_group_range': '0 2147483647',
  'net/ipv4/vs/conntrack': '1', 'net/ipv4/vs/expire_nodest_conn': '1', 'net/ipv4/vs/expire_quiescent_template': '1',
};

/**
 * Brings the amphora to the state its files describe: after its first boot, after a reboot, after a restart of the agent.
 * `isPrepared`: whoever made the namespace made its kernel settings too.
 */
export async function bootAmphora(state: AgentState, isPrepared = false): Promise<void> {
  const { world, paths, plugger, services, lvs, files, metrics } = state;
  await world.prepare();
  if (world.isWholeMachine) await ensureNetns(world.netns);
  // Wanted soon: entering goes on beside the rest.
  world.open();
  await mkdir(paths.onHost(paths.base), { recursive: true, mode: 0o755 });
  await Promise.all([
    ...(isPrepared ? [] : [setKernel(state, world.isWholeMachine ? { ...ANNOUNCE, ...WHOLE_MACHINE } : ANNOUNCE)]),
    ...(world.isWholeMachine ? [writeOwnPid(paths.onHost(paths.agentPid))] : []),
    writeUnlessThere(paths.onHost(paths.userGroupConfig), `global\n    group ${await groupOfNobody()}\n`, 0o644),
    writeUnlessThere(paths.onHost(paths.pingWrapper), PING_WRAPPER, 0o755),
    writeUnlessThere(paths.onHost(paths.interfaceFile('lo')), JSON.stringify(loopbackInterface()), 0o644),
    ...(await files.list()).map((id) => writeVerdict(paths, id, 'well')),
  ]);
  await plugger.restore();
  for (const id of await files.list()) await metrics.serve(id, (await files.facts(id))?.servesMetrics ?? false);
  await services.revive();
  await lvs.engine.adopt();
}

/** In one shell, because each program costs milliseconds. Settings that this kernel lacks are left out. */
async function setKernel({ world, log }: AgentState, settings: Readonly<Record<string, string>>): Promise<void> {
  if (!netnsExists(world.netns)) return log.warn({ netns: world.netns }, 'The network namespace does not exist');
  const lines = Object.entries(settings).map(([name, value]) => `[ ! -w /proc/sys/${name} ] || echo ${value} >/proc/sys/${name}`);
  await world.run(['sh', '-c', lines.join('\n')]);
}

/** keepalived's check tells by it whether an agent looks after the haproxies. */
async function writeOwnPid(path: string): Promise<void> {
  await replaceFile(path, `${process.pid} ${await readFile('/proc/self/comm', 'utf8')}`, 0o644);
}

async function groupOfNobody(): Promise<string> {
  const groups = await readFile('/etc/group', 'utf8');
  return ['nogroup', 'haproxy', 'nobody'].find((name) => new RegExp(`^${name}:`, 'm').test(groups)) ?? 'nogroup';
}

async function writeUnlessThere(path: string, content: string, mode: number): Promise<void> {
  if (!(await pathExists(path))) await replaceFile(path, content, mode);
}

/** haproxy's external check for PING monitors; haproxy runs it with an empty PATH. */
const PING_WRAPPER = `#!/bin/sh
PATH=/usr/sbin:/usr/bin:/sbin:/bin
case "$HAPROXY_SERVER_ADDR" in
  *:*) exec ping -6 -q -n -w 1 -c 1 "$HAPROXY_SERVER_ADDR" >/dev/null 2>&1 ;;
  *) exec ping -4 -q -n -w 1 -c 1 "$HAPROXY_SERVER_ADDR" >/dev/null 2>&1 ;;
esac
`;
