#!/bin/sh
# The quickest a shell script can make one amphora: namespace, three veths, addresses, haproxy, announcement.
# Usage: create-single.sh BRIDGE VIP MEMBER DIR        (all names derive from DIR's last part)
set -eu
bridge=$1 vip=$2 member=$3 dir=$4
name=$(basename "$dir")
mkdir -p "$dir"
ip netns add "$name"
ip -batch - <<BATCH
link add ${name}m type veth peer name eth0 netns $name
link add ${name}v type veth peer name eth1 netns $name
link add ${name}b type veth peer name eth2 netns $name
link set ${name}v master $bridge up
link set ${name}m up
link set ${name}b up
BATCH
ip -n "$name" -batch - <<BATCH
link set lo up
link set eth0 up
link set eth1 up
link set eth2 up
address add $vip/24 dev eth1
BATCH
cat > "$dir/haproxy.cfg" <<CFG
global
  maxconn 5000
defaults
  mode http
  timeout connect 5s
  timeout client 50s
  timeout server 50s
frontend f
  bind $vip:80
  default_backend b
backend b
  server s $member:80
CFG
ip netns exec "$name" haproxy -D -p "$dir/pid" -f "$dir/haproxy.cfg"
ip netns exec "$name" arping -q -U -c 1 -I eth1 "$vip" &
