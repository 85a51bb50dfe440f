import { appendFileSync, copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../../src/lib/run.ts';
import { writeConf, type Groups } from './options.ts';
import { startIn, type Place } from './place.ts';

/** Name of the one host that boots real guests, in Nova and in Neutron. */
export const GUEST_HOST = 'guests';

const SOCKET = '/run/libvirt/libvirt-sock';
/** Between the ends of tunnels: the one host has nobody to tunnel to. */
const TUNNEL_ADDRESS = '10.255.0.1';

/**
 * libvirtd with QEMU, without hardware support. Its files are the place's own: it sees them where Debian has libvirt's.
 * Returns what nova-compute is to be told.
 */
export async function startHypervisor(place: Place): Promise<(novaConf: string) => Groups> {
  const home = join(place.directory, 'libvirt');
  for (const part of ['lib', 'cache', 'etc', 'accounts']) mkdirSync(join(home, part), { recursive: true });
  mkdirSync('/run/libvirt', { recursive: true });
  writeFileSync(join(home, 'etc/libvirtd.conf'), 'unix_sock_dir = "/run/libvirt"\nauth_unix_rw = "none"\nauth_unix_ro = "none"\nlog_outputs = "2:stderr"\n');
  writeFileSync(join(home, 'etc/qemu.conf'), [
    'user = "root"', 'group = "root"', 'security_driver = "none"', 'cgroup_controllers = [ ]', 'namespaces = [ ]', 'stdio_handler = "file"', 'remember_owner = 0', '',
  ].join('\n'));
  // It looks for these accounts even when qemu.conf names others.
  for (const [file, line] of [['passwd', 'libvirt-qemu:x:64055:64055::/var/lib/libvirt:/usr/sbin/nologin'], ['group', 'libvirt-qemu:x:64055:'], ['group', 'kvm:x:64056:']] as const) {
    const copy = join(home, 'accounts', file);
    if (!existsSync(copy)) copyFileSync(`/etc/${file}`, copy);
    appendFileSync(copy, `${line}\n`);
  }
  const mounts = [['lib', '/var/lib/libvirt'], ['cache', '/var/cache/libvirt'], ['etc', '/etc/libvirt'], ['accounts/passwd', '/etc/passwd'], ['accounts/group', '/etc/group']] as const;
  const prepare = mounts.map(([own, theirs]) => `mount --bind ${join(home, own)} ${theirs}`).join(' && ');
  await startIn(place, {
    name: 'libvirtd', command: '/usr/bin/unshare',
    args: ['--mount', 'sh', '-c', `mkdir -p /var/lib/libvirt /var/cache/libvirt /etc/libvirt && ${prepare} && exec libvirtd -f /etc/libvirt/libvirtd.conf --pid-file /run/libvirt/libvirtd.pid`],
    isReady: () => existsSync(SOCKET),
  });
  return (novaConf) => ({
    DEFAULT: { compute_driver: 'libvirt.LibvirtDriver', use_cow_images: 'True', config_drive_format: 'iso9660' },
    libvirt: { virt_type: 'qemu', cpu_mode: 'none', images_type: 'qcow2', inject_partition: -2, connection_uri: `qemu+unix:///system?socket=${SOCKET}` },
    ...Object.fromEntries(['vif_plug_linux_bridge_privileged', 'nova_sys_admin', 'privsep_osbrick'].map((group) => [group, { helper_command: `privsep-helper --config-file ${novaConf}` }])),
  });
}

/** Neutron's agent for Linux bridges: wires every interface `tap<port id>` of this network namespace and filters what passes. */
export async function startLayer2Agent(place: Place, neutronConf: string): Promise<void> {
  await run('sh', ['-ec', `ip link add tunnels type bridge; ip address add ${TUNNEL_ADDRESS}/24 dev tunnels; ip link set tunnels up`]);
  const own = writeConf(join(place.directory, 'neutron', 'linuxbridge-agent.ini'), {
    DEFAULT: { host: GUEST_HOST },
    linux_bridge: { physical_interface_mappings: '' },
    vxlan: { enable_vxlan: 'True', local_ip: TUNNEL_ADDRESS },
    securitygroup: { enable_security_group: 'True', enable_ipset: 'False', firewall_driver: 'iptables' },
    agent: { prevent_arp_spoofing: 'True', root_helper: '' },
    privsep: { helper_command: `privsep-helper --config-file ${neutronConf}` },
  });
  await startIn(place, {
    name: 'neutron-linuxbridge-agent', command: '/usr/bin/neutron-linuxbridge-agent', args: ['--config-file', neutronConf, '--config-file', own],
    isReady: (printed) => /Agent initialized successfully|Linux bridge Agent RPC Daemon Started|RPC Daemon Started/i.test(printed),
  });
}
