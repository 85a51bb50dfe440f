#!/bin/sh
# Hides clients of UDP and SCTP listeners behind the amphora, so that the answers of members come back through it.
# Usage: lvs-masquerade.sh add|delete ipv4|ipv6 INTERFACE [sriov]. Runs in the namespace of the load balancers.
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin

usage() {
  echo "usage: $0 add|delete ipv4|ipv6 INTERFACE [sriov]" >&2
  exit 1
}

[ "$#" -ge 3 ] || usage
case "$2" in
  ipv4) family=ip chain=ip- ;;
  ipv6) family=ip6 chain=ip6- ;;
  *) usage ;;
esac
table="octavia-$2"
interface=$3
case "$interface" in *[!A-Za-z0-9._-]*) usage ;; esac

# A chain of its own for each interface: adding twice is adding once, and the others keep theirs.
case "$1" in
  add)
    for protocol in udp sctp; do
      name="$chain$protocol-masq-$interface"
      printf 'table %s %s {\n chain %s {\n type nat hook postrouting priority 100;\n }\n}\nflush chain %s %s %s\nadd rule %s %s %s oifname "%s" meta l4proto %s masquerade\n' \
        "$family" "$table" "$name" "$family" "$table" "$name" "$family" "$table" "$name" "$interface" "$protocol"
    done | nft -f - ;;
  delete)
    for protocol in udp sctp; do
      name="$chain$protocol-masq-$interface"
      nft list chain "$family" "$table" "$name" >/dev/null 2>&1 || continue
      printf 'flush chain %s %s %s\ndelete chain %s %s %s\n' "$family" "$table" "$name" "$family" "$table" "$name" | nft -f -
    done ;;
  *) usage ;;
esac
