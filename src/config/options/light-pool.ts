import { choice, int, ip, list, matching, port, str } from './option.ts';

/** [light_pool], an addition: a pool of hosts that run amphorae as network namespaces, on ports of Neutron (docs/decisions/0010). */
export const lightPoolOptions = {
  hosts: list([], 'Controllers: the hosts of the pool as NAME=ADDRESS:PORT, with @ZONE behind it where hosts belong to availability zones. NAME is what Neutron calls the host. None: there is no pool.', {
    isAddition: true, item: matching(/^[\w.-]+=(?:\[[0-9a-fA-F:]+\]|[\w.-]+):\d{1,5}(?:@[^@,\s]+)?$/),
  }),
  anti_affinity_policy: choice(['anti-affinity', 'soft-anti-affinity'], 'soft-anti-affinity', 'Controllers: the amphorae of a pair must be (anti-affinity), or are where there is room (soft-anti-affinity), on different hosts.', { isAddition: true }),
  request_timeout: int(60, 'Controllers: seconds that a host may take for one request.', { min: 1, isAddition: true }),
  port_active_timeout: int(60, 'Controllers: seconds until Neutron must call a plugged port ACTIVE; 0 does not wait.', { min: 0, isAddition: true }),
  orphan_grace: int(600, 'Controllers: seconds after which an amphora that the database does not know is removed from its host; 0 leaves it there.', { min: 0, isAddition: true }),
  host: str('', 'Host: its name as Neutron knows it. [DEFAULT] host when empty.', { isAddition: true }),
  bind_host: ip('0.0.0.0', 'Host: address that controllers reach it at.', { isAddition: true }),
  bind_port: port(9449, 'Host: TCP port of it.', { isAddition: true }),
  certificate: str('/etc/octavia/certs/light_host.pem', 'Host: its certificate with key, from `octavia certificates light-host`.', { isAddition: true }),
  data_dir: str('/var/lib/octavia/light', 'Host: directory of its amphorae.', { isAddition: true }),
  address_pool: str('', 'Host: IPv4 network of its own whose addresses the agents of its amphorae listen on, such as 10.50.1.0/24. Controllers must have a route to it by this host.', { isAddition: true, pattern: /^(?:[\d.]+\/\d{1,2})?$/ }),
  capacity: int(200, 'Host: most amphorae it takes.', { min: 0, isAddition: true }),
  compute_flavor: str('', 'Host: size of amphorae whose flavor names none, as <processors>x<MiB>; no limit when empty.', { isAddition: true }),
  prepared: int(2, 'Host: network namespaces kept ready for the next amphorae.', { min: 0, isAddition: true }),
  l2: choice(['openvswitch', 'linuxbridge'], 'openvswitch', 'Host: what its Neutron agent works with: Open vSwitch (the agent of Neutron, or OVN) or Linux bridges.', { isAddition: true }),
  integration_bridge: str('br-int', 'Host: bridge of Open vSwitch that ports are added to.', { isAddition: true, pattern: /^[\w.-]{1,15}$/ }),
};
