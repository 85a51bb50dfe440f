export interface UdpListener {
  readonly id: string;
  /** Id and address of each; asked by a UDP check. */
  readonly members: readonly (readonly [string, string])[];
  /** What stands before the pool, such as `delay_loop 5`. */
  readonly settings: readonly string[];
  /** Members that are disabled. */
  readonly disabled?: readonly string[];
}

/** octavia-keepalivedlvs-<listener>.conf of a UDP listener on 10.0.0.2:53 as controllers write it. */
export function udpListenerConfig({ id, members, settings, disabled = [] }: UdpListener): string {
  return `# Configuration for Loadbalancer cccccccc-0000-4000-8000-000000000001
# Configuration for Listener ${id}
net_namespace amphora-haproxy
virtual_server_group ipv4-group {
    10.0.0.2 53
}
virtual_server group ipv4-group {
    lb_algo wrr
    lb_kind NAT
    protocol UDP
${settings.map((line) => `    ${line}\n`).join('')}    # Configuration for Pool ffffffff-0000-4000-8000-000000000001
    # Configuration for HealthMonitor ffffffff-0000-4000-8000-000000000002
${[...members.map(([member, address]) => memberBlock(member, address)), ...disabled.map((member) => `    # Member ${member} is disabled`)].join('\n')}
}
`;
}

function memberBlock(id: string, address: string): string {
  return `    # Configuration for Member ${id}
    real_server ${address} 53 {
        weight 1
        MISC_CHECK {
            misc_path "/var/lib/octavia/lvs/check/udp_check.sh ${address} 53"
            misc_timeout 3
        }
    }`;
}
