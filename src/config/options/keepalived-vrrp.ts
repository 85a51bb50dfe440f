import { int } from './option.ts';

/** [keepalived_vrrp]: takeover between the two amphorae of a pair. */
export const keepalivedVrrpOptions = {
  vrrp_advert_int: int(1, 'Seconds between two advertisements of the master.'),
  vrrp_advert_interval_ms: int(0, 'Milliseconds between two advertisements (VRRPv3); 0 = vrrp_advert_int decides.', { min: 0, max: 40950, isAddition: true }),
  vrrp_check_interval: int(5, 'Seconds between two runs of the check script.'),
  vrrp_fail_count: int(2, 'Failures in a row until an amphora is at fault.'),
  vrrp_success_count: int(2, 'Successes in a row until an amphora is healthy.'),
  vrrp_garp_refresh_interval: int(5, 'Seconds between two rounds of gratuitous ARP of the master.'),
  vrrp_garp_refresh_count: int(2, 'Gratuitous ARP packets in one round.'),
};
