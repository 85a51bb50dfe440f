#!/bin/sh
# The quickest a shell script can make two amphorae with keepalived at advert_int 0.1.
# Usage: create-pair.sh BRIDGE VIP MEMBER DIR FIRST_ADDRESS SECOND_ADDRESS
set -eu
bridge=$1 vip=$2 member=$3 dir=$4 first=$5 second=$6
one() {
  name=$1 own=$2 peer=$3 priority=$4
  mkdir -p "$dir/$name"
  ip netns add "$name"
  ip -batch - <<BATCH
link add ${name}m type veth peer name eth0 netns $name
link add ${name}v type veth peer name eth1 netns $name
link add ${name}b type veth peer name eth2 netns $name
link set ${name}v master $bridge up
link set ${name}m up
link set ${name}b up
BATCH
  ip netns exec "$name" sysctl -qw net.ipv4.ip_nonlocal_bind=1
  ip -n "$name" -batch - <<BATCH
link set lo up
link set eth0 up
link set eth1 up
link set eth2 up
address add $own/24 dev eth1
BATCH
  cat > "$dir/$name/haproxy.cfg" <<CFG
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
  cat > "$dir/$name/keepalived.conf" <<CFG
global_defs {
  vrrp_version 3
}
vrrp_instance vi {
  interface eth1
  virtual_router_id 1
  priority $priority
  advert_int 0.1
  nopreempt
  accept
  unicast_src_ip $own
  unicast_peer {
    $peer
  }
  virtual_ipaddress {
    $vip/24
  }
}
CFG
  ip netns exec "$name" haproxy -D -p "$dir/$name/pid" -f "$dir/$name/haproxy.cfg"
  ip netns exec "$name" keepalived -f "$dir/$name/keepalived.conf" -p "$dir/$name/kpid" -r "$dir/$name/vpid"
}
base=$(basename "$dir")
one "${base}x" "$first" "$second" 100 &
one "${base}y" "$second" "$first" 90 &
wait
