import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { run } from '../../../lib/run.ts';
import { InvalidInterfaceRules, parseInterfaceRules, renderRules } from './sriov-rules.ts';

test('each rule lets one thing in, everything else is dropped', () => {
  const text = renderRules('eth1', parseInterfaceRules([
    { protocol: 'TCP', cidr: null, port: 80 }, { protocol: 'UDP', cidr: '192.0.2.0/24', port: 53 }, { protocol: 'SCTP', cidr: '2001:db8::/32', port: 9 },
    { protocol: 'VRRP', cidr: '10.0.0.6/32', port: 112 }, { protocol: 'TCP', cidr: '0.0.0.0/0', port: 443 },
  ]));
  expect(text).toContain('policy drop;');
  expect(text).toContain('iifname eth1 goto amphora_vip_chain');
  const chain = text.slice(text.indexOf('chain amphora_vip_chain')).split('\n').slice(1, 6).map((line) => line.trim());
  expect(chain).toEqual([
    'tcp dport 80 accept', 'ip saddr 192.0.2.0/24 udp dport 53 accept', 'ip6 saddr 2001:db8::/32 sctp dport 9 accept',
    'ip saddr 10.0.0.6/32 meta l4proto 112 accept', 'tcp dport 443 accept',
  ]);
});

test('before the rules arrive only ICMP and DHCP pass', () => {
  const text = renderRules('eth1', null);
  expect(text).toContain('policy drop;');
  expect(text.match(/accept$/gm)).toHaveLength(4);
  expect(text).not.toContain('established');
});

const RULE = { protocol: 'TCP', cidr: null, port: 80 };
test.each([
  ['no list', RULE], ['an unknown protocol', [{ ...RULE, protocol: 'ICMP' }]], ['no port', [{ protocol: 'TCP', cidr: null }]], ['port 0', [{ ...RULE, port: 0 }]],
  ['a port too high', [{ ...RULE, port: 65_536 }]], ['text for a port', [{ ...RULE, port: '80' }]], ['one member too many', [{ ...RULE, extra: 1 }]],
  ['something else than a network', [{ ...RULE, cidr: '10.0.0.0/8; drop' }]], ['a number for a network', [{ ...RULE, cidr: 7 }]],
])('%s is refused', (_name, body) => {
  expect(() => parseInterfaceRules(body)).toThrow(InvalidInterfaceRules);
});

const inOwnNetwork = (script: string, ...args: string[]) => run('unshare', ['--net', '--mount', '--pid', '--fork', '--kill-child', 'bash', '-ec', script, 'bash', ...args]);
const EVERY_RULE = parseInterfaceRules((['TCP', 'UDP', 'SCTP', 'VRRP'] as const)
  .flatMap((protocol) => [null, '0.0.0.0/0', '192.0.2.0/24', '10.0.0.6/32', '2001:db8::/32', '2001:db8::6/128'].map((cidr) => ({ protocol, cidr, port: 112 }))));

test.each([['before the rules arrive', null], ['without rules', []], ['every rule there can be', EVERY_RULE]])('the kernel takes the policy: %s', async (_, rules) => {
  await inOwnNetwork('nft -c -f - <<<"$1"; nft -f - <<<"$1"; nft -f - <<<"$1"', renderRules('eth1', rules));
});

// Clients and a member, each beyond an interface of its own; nobody but the interface of the VIP is on an SR-IOV card.
const WORLD = `
mount -t tmpfs t /run; mkdir -p /run/netns; ip link set lo up
for i in 1 2; do
  ip netns add n$i; ip link add eth$i type veth peer name e0 netns n$i; ip address add 10.0.$i.1/24 dev eth$i; ip link set eth$i up
  ip -n n$i address add 10.0.$i.2/24 dev e0; ip -n n$i link set e0 up
done
serve() { "$@" socat TCP-LISTEN:80,fork,reuseaddr SYSTEM:'echo served' & }
serve ip netns exec n2; serve env
"$1" add ipv4 eth1 sriov; "$1" add ipv4 eth2
ask() { "$@" 2>/dev/null </dev/null || echo closed; }
until [ "$(ask socat -T 1 - TCP:10.0.2.2:80)" = served ] && [ "$(ask ip netns exec n1 socat -T 1 - TCP:10.0.1.1:80)" = served ]; do sleep 0.1; done
nft -f - <<<"$2"
ask socat -T 1 - TCP:10.0.2.2:80,connect-timeout=1
ask ip netns exec n1 socat -T 1 - TCP:10.0.1.1:80,connect-timeout=1
ask ip netns exec n2 socat -T 1 - TCP:10.0.1.1:80,connect-timeout=1
ip netns exec n1 sh -c 'socat -T 1 - TCP:10.0.1.1:81,connect-timeout=1' >/dev/null 2>&1 || echo closed
`;

test('members beyond an interface with port security answer, and nobody else comes in through it', async () => {
  const script = fileURLToPath(new URL('../../../../deploy/amphora-agent/files/lvs-masquerade.sh', import.meta.url));
  const output = await inOwnNetwork(WORLD, script, renderRules('eth1', parseInterfaceRules([{ protocol: 'TCP', cidr: null, port: 80 }])));
  expect(output.stdout.trim().split('\n')).toEqual(['served', 'served', 'closed', 'closed']);
});
