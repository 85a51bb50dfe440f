#!/bin/sh
# Hides clients of UDP and SCTP listeners behind the amphora, so that the answers of members come back through it. TCP ends
# in haproxy and is kept out of the table of connections, which it would fill; not with `sriov`, whose rules look there.
# Usage: lvs-masquerade.sh add|delete ipv4|ipv6 INTERFACE [sriov]. Runs in the namespace of the load balancers.
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin

usage() {
  echo "usage: $0 add|delete ipv4|ipv6 INTERFACE [sriov]" >&2
  exit 1
}

[ "$#" -ge 3 ] || usage
case "$2" in
  ipv4) table="ip octavia-ipv4" prefix=ip- ;;
  ipv6) table="ip6 octavia-ipv6" prefix=ip6- ;;
  *) usage ;;
esac
interface=$3
case "$interface" in *[!A-Za-z0-9._-]*) usage ;; esac

# Each interface has chains of its own: adding twice is adding once, and the others keep theirs.
chain() { # NAME HOOK RULE
  name=$prefix$1-$interface
  printf 'add chain %s %s { %s; }\nflush chain %s %s\nadd rule %s %s %s\n' "$table" "$name" "$2" "$table" "$name" "$table" "$name" "$3"
}

case "$1" in
  add)
    {
      printf 'add table %s\n' "$table"
      for protocol in udp sctp; do
        chain "$protocol-masq" 'type nat hook postrouting priority 100' "oifname \"$interface\" meta l4proto $protocol masquerade"
      done
      if [ "${4:-}" != sriov ]; then
        chain tcp-in 'type filter hook prerouting priority -300' "iifname \"$interface\" meta l4proto tcp notrack"
        chain tcp-out 'type filter hook output priority -300' "oifname \"$interface\" meta l4proto tcp notrack"
      fi
    } | nft -f - ;;
  delete)
    for part in udp-masq sctp-masq tcp-in tcp-out; do
      name=$prefix$part-$interface
      # The words of the table's name are two arguments.
      # shellcheck disable=SC2086
      nft list chain $table "$name" >/dev/null 2>&1 || continue
      printf 'flush chain %s %s\ndelete chain %s %s\n' "$table" "$name" "$table" "$name" | nft -f -
    done ;;
  *) usage ;;
esac
