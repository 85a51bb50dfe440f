import { address, bool, int, list } from './option.ts';

/** [networking]: retries of network calls and which networks a VIP may be on. */
export const networkingOptions = {
  max_retries: int(15, 'Attempts of an action at the network service.'),
  retry_interval: int(1, 'Least seconds between two attempts.'),
  retry_backoff: int(1, 'Seconds before the first retry, doubled at each further one.'),
  retry_max: int(10, 'Most seconds between two attempts.'),
  port_detach_timeout: int(300, 'Seconds to wait until a port has left an amphora.'),
  allow_vip_network_id: bool(true, 'Users may name the VIP by network.'),
  allow_vip_subnet_id: bool(true, 'Users may name the VIP by subnet.'),
  allow_vip_port_id: bool(true, 'Users may bring a port of their own as VIP.'),
  valid_vip_networks: list(null, 'The only networks a VIP may be on; every network when empty.'),
  denylist_vip_networks: list([], 'Networks a VIP may not be on.'),
  reserved_ips: list(['169.254.169.254'], 'Addresses no member may have.', { item: address }),
  allow_invisible_resource_usage: bool(false, 'Let users name networks that they cannot see themselves. Opens networks beyond the network service\'s own rules.'),
};
