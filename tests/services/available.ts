import { existsSync } from 'node:fs';

const proof: Readonly<Record<string, string>> = {
  'mariadb-server': '/usr/sbin/mariadbd',
  'rabbitmq-server': '/usr/lib/rabbitmq/bin/rabbitmq-server',
  keystone: '/usr/bin/keystone-wsgi-public',
  'neutron-api': '/usr/bin/neutron-server',
  'nova-api': '/usr/bin/nova-api-wsgi',
  'placement-api': '/usr/bin/placement-api',
  'glance-api': '/usr/bin/glance-api',
  'barbican-api': '/usr/bin/barbican-wsgi-api',
  'octavia-api': '/usr/bin/octavia-wsgi',
  'octavia-worker': '/usr/bin/octavia-worker',
  'octavia-driver-agent': '/usr/bin/octavia-driver-agent',
  'python3-octavia-lib': '/usr/lib/python3/dist-packages/octavia_lib',
  'ovn-central': '/usr/share/ovn/ovn-nb.ovsschema',
  'python3-ovn-octavia-provider': '/usr/lib/python3/dist-packages/ovn_octavia_provider',
  'uwsgi-plugin-python3': '/usr/bin/uwsgi_python3',
  'python3-openstackclient': '/usr/bin/openstack',
  'python3-octaviaclient': '/usr/lib/python3/dist-packages/octaviaclient',
  'python3-openstacksdk': '/usr/lib/python3/dist-packages/openstack',
  'libvirt-daemon': '/usr/sbin/libvirtd',
  'libvirt-daemon-driver-qemu': '/usr/lib/x86_64-linux-gnu/libvirt/connection-driver/libvirt_driver_qemu.so',
  'python3-libvirt': '/usr/lib/python3/dist-packages/libvirt.py',
  'neutron-linuxbridge-agent': '/usr/bin/neutron-linuxbridge-agent',
  ebtables: '/usr/sbin/ebtables-nft',
  genisoimage: '/usr/bin/genisoimage',
  'qemu-system-x86': '/usr/bin/qemu-system-x86_64',
  'qemu-utils': '/usr/bin/qemu-img',
  wrk: '/usr/bin/wrk',
};

export const forOurs = ['mariadb-server', 'rabbitmq-server'] as const;
export const forKeystone = [...forOurs, 'keystone', 'uwsgi-plugin-python3'] as const;
export const forDriverAgent = [...forOurs, 'octavia-api', 'octavia-driver-agent', 'python3-octavia-lib', 'uwsgi-plugin-python3'] as const;
export const forOpenStack = [...forKeystone, 'neutron-api', 'nova-api', 'placement-api', 'glance-api', 'barbican-api'] as const;
/** Nova's servers as virtual machines on ports that Neutron wires. */
export const forGuests = [...forOpenStack, 'libvirt-daemon', 'libvirt-daemon-driver-qemu', 'python3-libvirt', 'neutron-linuxbridge-agent', 'ebtables', 'genisoimage', 'qemu-system-x86', 'qemu-utils', 'python3-octaviaclient'] as const;
export const forOriginal = [...forOurs, 'octavia-api', 'octavia-worker', 'uwsgi-plugin-python3'] as const;

/** Which of these Debian packages this machine lacks; says so on standard error, as a suite then skips its tests. */
export function missingPackages(packages: readonly string[]): readonly string[] {
  const missing = packages.filter((name) => !existsSync(proof[name] ?? name));
  if (missing.length > 0) process.stderr.write(`skipped, as these packages are not installed (tests/services/install.sh): ${missing.join(', ')}\n`);
  return missing;
}
