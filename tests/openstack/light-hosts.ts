import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../../src/lib/run.ts';
import { projectRoot } from '../../src/processes/project.ts';
import { startDaemon, type Daemon } from '../services/daemon.ts';
import { debianEnv } from '../services/octavia-processes.ts';
import { writeConf, type Groups } from '../services/openstack/options.ts';

/** The network between controllers and hosts, which also carries the tunnels of Neutron's agents: its bridge and our end of it. */
const UNDERLAY = { bridge: 'tunnels', address: '10.255.0.1' } as const;

/** A machine of the light pool: network, mounts and processes of its own, Neutron's Linux bridge agent and `octavia light-host`. */
export interface LightMachine {
  readonly name: string;
  readonly address: string;
  /** Network namespaces of amphorae there. */
  namespaces(): Promise<readonly string[]>;
  /** Runs a program there, and in a namespace of that machine when one is named. */
  inside(args: readonly string[], netns?: string): Promise<string>;
  start(): Promise<void>;
  /** The two parts of `start` that need no Neutron. */
  boot(): Promise<void>;
  startService(): Promise<void>;
  /** Ends `octavia light-host` in an orderly way and starts it again. */
  restartService(): Promise<void>;
  /** Power cut: every process and every amphora is gone at once. */
  cutPower(): Promise<void>;
  log(): string;
}

export interface MachinePlan {
  readonly directory: string;
  /** 2 to 250: last part of its address; its amphorae are at 10.60.<number>.0/24. */
  readonly number: number;
  readonly transportUrl: string;
  /** Where `octavia.conf` of this host comes from. */
  readonly configFile: (name: string, pool: Readonly<Record<string, string | number>>) => string;
  readonly onStop: (name: string, stop: () => Promise<void>) => void;
}

export const addressOf = (number: number): string => `10.255.0.${number}`;

/** Rabbit listens on the loopback address only: passes connections of the hosts on. */
export async function openQueueDoor(directory: string, transportUrl: string, onStop: MachinePlan['onStop']): Promise<void> {
  const port = new URL(transportUrl).port;
  const door = await startDaemon({
    name: 'door of the queue', command: 'socat', args: [`TCP-LISTEN:${port},bind=${UNDERLAY.address},fork,reuseaddr`, `TCP:127.0.0.1:${port}`], logFile: join(directory, 'door.log'), isReady: () => true,
  });
  onStop('door of the queue', () => door.kill());
}

/** Needs the bridge of the underlay, which the wired Neutron makes. */
export function createLightMachine(plan: MachinePlan): LightMachine {
  const { directory, number } = plan;
  const name = `light-${number}`;
  const address = addressOf(number);
  const pool = `10.60.${number}.0/24`;
  const daemons = new Map<'init' | 'agent' | 'service', Daemon>();
  const enter = (): readonly string[] => ['nsenter', `--target=${initPid}`, '--net', '--mount', '--pid', `--wd=${directory}`, '--'];
  let initPid = 0;
  let starts = 0;

  const boot = async (): Promise<void> => {
    starts += 1;
    await run('sh', ['-ec', `
      ip netns add ${name}; ip -n ${name} link set lo up
      ip link add ${name} master ${UNDERLAY.bridge} up type veth peer name eth0 netns ${name}
      ip -n ${name} address add ${address}/24 dev eth0; ip -n ${name} link set eth0 up; ip -n ${name} route add default via ${UNDERLAY.address}
      ip route replace ${pool} via ${address}`]);
    // The shell is process 1 of the machine and reaps what is orphaned there.
    const script = 'mount -t tmpfs netns /run/netns && mount -t sysfs sysfs /sys && mount --rbind /run/cgroup /sys/fs/cgroup && echo up; while :; do sleep 1000; done';
    const init = await startDaemon({
      name, command: 'nsenter', args: [`--net=/run/netns/${name}`, 'unshare', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child', 'sh', '-c', script],
      logFile: join(directory, `${name}-init-${starts}.log`), isReady: (printed) => printed.includes('up'),
    });
    daemons.set('init', init);
    initPid = Number((await run('pgrep', ['-P', String(init.pid)])).stdout.trim());
  };
  const startAgent = async (): Promise<void> => {
    const file = join(directory, 'neutron', 'neutron.conf');
    const transport_url = plan.transportUrl.replace('127.0.0.1', UNDERLAY.address);
    const groups: Groups = {
      DEFAULT: { host: name, transport_url, state_path: join(directory, name) },
      linux_bridge: { physical_interface_mappings: '' },
      vxlan: { enable_vxlan: 'True', local_ip: address },
      securitygroup: { enable_security_group: 'True', enable_ipset: 'False', firewall_driver: 'iptables' },
      oslo_concurrency: { lock_path: join(directory, name, 'lock') },
      agent: { prevent_arp_spoofing: 'True', root_helper: '' },
      privsep: { helper_command: `privsep-helper --config-file ${file}` },
    };
    const own = writeConf(join(directory, `${name}-agent.ini`), groups);
    const [command = '', ...args] = enter();
    daemons.set('agent', await startDaemon({
      name: `agent of ${name}`, command, args: [...args, '/usr/bin/neutron-linuxbridge-agent', '--config-file', file, '--config-file', own],
      logFile: join(directory, `${name}-agent-${starts}.log`), env: debianEnv, isReady: (printed) => /RPC Daemon Started/i.test(printed),
    }));
  };
  const startService = async (): Promise<void> => {
    const configFile = plan.configFile(name, { host: name, bind_host: address, address_pool: pool, l2: 'linuxbridge', data_dir: join(directory, name, 'amphorae'), certificate: join(directory, `${name}.pem`) });
    const [command = '', ...args] = enter();
    daemons.set('service', await startDaemon({
      name: `octavia light-host on ${name}`, command, args: [...args, join(projectRoot, 'octavia'), 'light-host', '--config-file', configFile],
      logFile: join(directory, `${name}.log`), isReady: (printed) => printed.includes('ready octavia-light-host'),
    }));
  };
  const cutPower = async (): Promise<void> => {
    for (const daemon of [...daemons.values()].toReversed()) await daemon.kill();
    daemons.clear();
    await run('sh', ['-c', `ip netns del ${name}; ip link del ${name} 2>/dev/null; true`]);
  };
  plan.onStop(name, async () => (daemons.size > 0 ? cutPower() : undefined));

  const inside = async (args: readonly string[], netns?: string): Promise<string> => {
    const [command = '', ...rest] = [...enter(), ...(netns === undefined ? [] : ['nsenter', `--net=/run/netns/${netns}`]), ...args];
    return (await run(command, rest)).stdout;
  };
  return {
    name, address, inside, cutPower, boot, startService,
    async start() {
      await boot();
      await Promise.all([startAgent(), startService()]);
    },
    async restartService() {
      const service = daemons.get('service');
      if (service === undefined) return;
      // The group: nsenter passes no signals on.
      process.kill(-service.pid, 'SIGTERM');
      while (/^\s*$/.test(service.printed()) || (await isAlive(-service.pid))) await sleep(50);
      await startService();
    },
    namespaces: async () => (await inside(['ls', '/run/netns'])).split('\n').filter((one) => one.startsWith('octavia-')),
    log: () => daemons.get('service')?.printed() ?? '',
  };
}

async function isAlive(group: number): Promise<boolean> {
  try {
    process.kill(group, 0);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}
