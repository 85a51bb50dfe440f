import { single, type Case } from './exchange.ts';

const UNKNOWN = '11111111-2222-4333-8444-555555555555';
const get = (path: string) => single('GET', path);

/** Every field of each list as a filter, one value that fits something and one that fits nothing where they differ. */
const filters: Readonly<Record<string, readonly string[]>> = {
  loadbalancers: ['id=$lb', 'name=lb', 'description=nothing%20on%20it', 'provisioning_status=ACTIVE', 'operating_status=OFFLINE', 'admin_state_up=false', 'admin_state_up=False', 'admin_state_up=0', 'admin_state_up=true', 'admin_state_up=maybe', 'project_id=$other-project', 'tenant_id=$project', 'vip_address=192.0.2.100', 'vip_subnet_id=$subnet', 'vip_network_id=x', 'vip_port_id=x', 'vip_qos_policy_id=x', 'provider=noop_driver', 'flavor_id=$flavor', 'availability_zone=zone', 'listeners=x', 'pools=x', 'created_at=2026-01-01T00:00:00', 'updated_at=x', 'topology=SINGLE', 'server_group_id=x', 'enabled=true', 'additional_vips=x', 'listener_id=$listener-http', 'name=lb&name=noop', 'name=lb&project_id=$project', 'name=lb&project_id=$other-project'],
  listeners: ['id=$listener-http', 'name=listener-tcp', 'protocol=HTTP', 'protocol_port=80', 'protocol_port=x', 'connection_limit=-1', 'default_pool_id=x', 'loadbalancer_id=$lb', 'load_balancer_id=$lb', 'loadbalancers=x', 'insert_headers=x', 'default_tls_container_ref=server', 'tls_certificate_id=server', 'timeout_client_data=50000', 'client_authentication=NONE', 'allowed_cidrs=x', 'tls_versions=TLSv1.2', 'alpn_protocols=h2', 'tls_ciphers=x', 'client_ca_tls_container_ref=x', 'client_crl_container_ref=x', 'sni_container_refs=x', 'admin_state_up=true', 'project_id=$project', 'l7policies=x', 'peer_port=1025', 'timeout_member_data=50000', 'timeout_tcp_inspect=0', 'timeout_member_connect=5000'],
  pools: ['id=$pool-http', 'name=pool-http', 'protocol=UDP', 'lb_algorithm=SOURCE_IP_PORT', 'loadbalancer_id=$lb', 'session_persistence=x', 'healthmonitor_id=$monitor-http', 'healthmonitor=x', 'health_monitor=x', 'listener_id=$listener-http', 'listeners=x', 'members=x', 'tls_enabled=true', 'tls_container_ref=server', 'ca_tls_container_ref=authority', 'crl_container_ref=revoked', 'tls_ciphers=x', 'admin_state_up=true', 'project_id=$project', 'loadbalancers=x', 'tls_certificate_id=server'],
  'pools/$pool-http/members': ['id=$member-10', 'name=member-11', 'address=192.0.2.10', 'ip_address=192.0.2.10', 'protocol_port=80', 'weight=11', 'backup=true', 'backup=false', 'subnet_id=x', 'monitor_address=x', 'monitor_port=x', 'operating_status=NO_MONITOR', 'admin_state_up=true', 'pool_id=$pool-http', 'project_id=$project', 'tags=blue', 'not-tags=blue', 'fields=id&sort=weight:desc', 'limit=1', 'sort=address:desc&fields=address'],
  healthmonitors: ['id=$monitor-http', 'name=monitor-tcp', 'type=HTTP', 'delay=5', 'timeout=3', 'max_retries=3', 'rise_threshold=3', 'max_retries_down=3', 'fall_threshold=3', 'http_method=GET', 'url_path=/', 'expected_codes=200', 'http_version=1.1', 'domain_name=a.example', 'pool_id=$pool-checked-tcp', 'pools=x', 'admin_state_up=true', 'project_id=$project', 'operating_status=OFFLINE'],
  l7policies: ['id=$policy-pool', 'name=policy-url', 'action=REJECT', 'listener_id=$listener-http', 'redirect_pool_id=$pool-redirect', 'redirect_url=http://a.example/', 'redirect_prefix=https://a.example', 'redirect_http_code=301', 'position=2', 'description=x', 'admin_state_up=true', 'rules=x', 'project_id=$project'],
  'l7policies/$policy-reject/rules': ['id=$rule-path', 'type=PATH', 'compare_type=EQUAL_TO', 'key=x-a', 'value=b', 'invert=true', 'admin_state_up=true', 'l7policy_id=$policy-reject', 'project_id=$project', 'name=x'],
  flavors: ['id=$flavor', 'name=flavor', 'description=in%20use', 'enabled=true', 'flavor_profile_id=$flavor-profile'],
  flavorprofiles: ['id=$flavor-profile', 'name=flavor-profile', 'provider_name=amphora', 'flavor_data=%7B%7D'],
  availabilityzones: ['name=zone', 'description=in%20use', 'enabled=true', 'availability_zone_profile_id=$zone-profile'],
  availabilityzoneprofiles: ['id=$zone-profile', 'name=zone-profile', 'provider_name=amphora', 'availability_zone_data=%7B%7D'],
  quotas: ['project_id=$project', 'loadbalancer=5', 'limit=1', 'fields=project_id', 'colour=1'],
};

const filterCases = Object.entries(filters).flatMap(([path, queries]) => [get(`/lbaas/${path}`), get(`/lbaas/${path}?colour=red`), ...queries.map((query) => get(`/lbaas/${path}?${query}`))]);

const paging = ['limit=2', 'limit=0', 'limit=-1', 'limit=x', 'limit=', 'limit=1.5', 'limit=infinite', 'limit=5000', 'limit=100', 'limit=2&marker=$paged-2', 'limit=2&marker=$paged-2&page_reverse=True', 'limit=2&marker=$paged-2&page_reverse=False', `marker=${UNKNOWN}`, 'marker=x', 'marker=', 'marker=$listener-http', 'limit=2&sort=name:desc', 'limit=2&sort_key=name&sort_dir=desc', 'limit=2&sort=name:asc&marker=$paged-2', 'limit=2&sort_key=protocol,name&sort_dir=desc&marker=$paged-2', 'limit=3&protocol=HTTP&fields=id', 'page_reverse=True'];
const sorting = ['sort=name', 'sort=name:asc', 'sort=name:DESC', 'sort=name:up', 'sort=colour', 'sort=name:asc:x', 'sort=', 'sort=protocol:desc,name:asc', 'sort=name,', 'sort_key=name', 'sort_key=name&sort_dir=down', 'sort_key=colour', 'sort_dir=desc', 'sort=admin_state_up:desc,name:asc', 'sort=enabled,name', 'sort=healthmonitor_id', 'sort=members', 'sort=created_at:desc', 'sort=id:desc', 'sort=tenant_id', 'sort=project_id,name', 'sort=tags', 'sort=listeners', 'sort=updated_at,name', 'sort=session_persistence', 'sort=name:asc,name:desc', 'sort=loadbalancers'];
const choosing = ['fields=id', 'fields=id&fields=name', 'fields=id,name', 'fields=colour', 'fields=', 'fields=healthmonitor_id', 'fields=tenant_id', 'fields=id&fields=colour'];
const tags = ['tags=blue', 'tags=blue,red', 'tags=blue&tags=red', 'tags-any=blue,red', 'tags-any=red', 'not-tags=blue', 'not-tags=blue,red', 'not-tags-any=blue,green', 'tags=', 'tags=blue&not-tags=red', 'tags-any=blue&not-tags-any=green', 'tags=unheard-of', 'Tags=blue'];

const lists: readonly Case[] = [
  ...[...paging, ...sorting, ...choosing, ...tags].map((query) => get(`/lbaas/pools?project_id=$paged-project&${query}`)), ...tags.map((query) => get(`/lbaas/loadbalancers?project_id=$project&${query}`)),
  ...['sort=vip_address', 'sort=vip_address:desc', 'sort=provider,name', 'sort=name&fields=name', 'sort=flavor_id,name', 'sort=vip_subnet_id,name', 'fields=vip_address&fields=listeners', 'limit=1&marker=$lb&sort=name:asc', 'sort=vip_qos_policy_id,name', 'sort=availability_zone,name'].map((query) => get(`/lbaas/loadbalancers?project_id=$project&${query}`)),
  ...['sort=protocol_port:desc', 'sort=loadbalancer_id', 'sort=default_pool_id,name', 'fields=loadbalancers', 'tags=blue'].map((query) => get(`/lbaas/listeners?${query}`)),
  ...['sort=max_retries,name', 'sort=rise_threshold,name', 'sort=type,name:desc', 'sort=pool_id'].map((query) => get(`/lbaas/healthmonitors?${query}`)), ...['sort=position:desc', 'sort=action,name', 'tags=blue'].map((query) => get(`/lbaas/l7policies?${query}`)),
  ...['sort=name', 'sort=enabled,name', 'limit=1', 'limit=1&sort=name', 'sort=id', 'marker=x', 'limit=1&marker=$flavor', 'fields=name'].map((query) => get(`/lbaas/flavors?${query}`)), ...['sort=name', 'limit=1', 'limit=1&sort=name', 'marker=zone', 'sort=enabled', 'sort=created_at'].map((query) => get(`/lbaas/availabilityzones?${query}`)),
];

const shows: readonly Case[] = [
  ...['lb', 'empty', 'placed', 'failed'].flatMap((name) => ['', '/stats', '/status', '/statuses'].map((tail) => get(`/lbaas/loadbalancers/$${name}${tail}`))), get(`/lbaas/loadbalancers/${UNKNOWN}/stats`), get(`/lbaas/loadbalancers/${UNKNOWN}/status`),
  ...['tcp', 'http', 'https', 'tls', 'udp', 'sctp', 'prometheus'].map((name) => get(`/lbaas/listeners/$listener-${name}`)), get('/lbaas/listeners/$listener-http/stats'), get(`/lbaas/listeners/${UNKNOWN}/stats`), get(`/lbaas/listeners/${UNKNOWN}`),
  ...['reject', 'pool', 'url', 'prefix'].map((name) => get(`/lbaas/l7policies/$policy-${name}`)), ...['10', '11'].map((last) => get(`/lbaas/pools/$pool-http/members/$member-${last}`)), get(`/lbaas/pools/$pool-http/members/${UNKNOWN}`), get('/lbaas/pools/$pool-tcp/members/$member-10'), get(`/lbaas/pools/${UNKNOWN}/members/$member-10`), get(`/lbaas/pools/${UNKNOWN}/members`),
  ...choosing.map((query) => get(`/lbaas/pools/$pool-checked-http?${query}`)), get('/lbaas/loadbalancers/$lb?fields=vip_address'), get('/lbaas/pools/$pool-http?colour=1'),
];

export const listCases: readonly Case[] = [...filterCases, ...lists, ...shows];
