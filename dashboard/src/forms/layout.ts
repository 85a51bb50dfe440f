import { HEALTH_MONITOR_TYPES, LISTENER_PROTOCOLS, POOL_PROTOCOLS, TLS_VERSIONS } from '@model/enums.ts';
import { availabilityZoneProfile } from '@model/resources/availability-zone-profile.ts';
import { availabilityZone } from '@model/resources/availability-zone.ts';
import { flavorProfile } from '@model/resources/flavor-profile.ts';
import { flavor } from '@model/resources/flavor.ts';
import { healthMonitor } from '@model/resources/health-monitor.ts';
import { l7policy } from '@model/resources/l7policy.ts';
import { l7rule } from '@model/resources/l7rule.ts';
import { listener } from '@model/resources/listener.ts';
import { loadBalancer } from '@model/resources/load-balancer.ts';
import { member } from '@model/resources/member.ts';
import { pool } from '@model/resources/pool.ts';
import { quota } from '@model/resources/quota.ts';
import type { Fields } from '@model/resources/resource.ts';
import { rollout } from '@model/resources/rollout.ts';
import { isHttpMonitor } from '@model/rules/health-monitor.ts';
import { checkMonitorType, checkPoolProtocol, isDatagramProtocol } from '@model/rules/protocols.ts';
import type { MessageKey } from '../i18n/en/index.ts';
import { textOf, type FormValues } from './form-values.ts';
import { acceptable, type Surroundings } from './rules.ts';

/** Kinds of objects that belong to no load balancer. */
export type CloudKind = 'flavor' | 'flavorprofile' | 'availability_zone' | 'availability_zone_profile' | 'quota' | 'rollout';

/** Kinds of objects that have forms. */
export type FormKind = 'loadbalancer' | 'listener' | 'pool' | 'member' | 'healthmonitor' | 'l7policy' | 'rule' | CloudKind;

/** Where each kind's fields are defined: validation, defaults and limits come from there. */
export const DEFINITIONS: Readonly<Record<FormKind, { readonly fields: Fields }>> = {
  loadbalancer: loadBalancer, listener, pool, member, healthmonitor: healthMonitor, l7policy, rule: l7rule,
  flavor, flavorprofile: flavorProfile, availability_zone: availabilityZone, availability_zone_profile: availabilityZoneProfile, quota, rollout,
};

export interface Section {
  readonly title: MessageKey;
  readonly fields: readonly string[];
  /** Folded away until asked for. */
  readonly isAdvanced?: boolean;
}

const MORE: readonly string[] = ['tags', 'admin_state_up'];

/** What stands where in the form of each kind. */
export const LAYOUT: Readonly<Record<FormKind, readonly Section[]>> = {
  loadbalancer: [
    { title: 'section.basic', fields: ['name', 'description', 'vip_subnet_id', 'vip_address', 'additional_vips'] },
    { title: 'section.placement', fields: ['provider', 'flavor_id', 'availability_zone', 'vip_network_id', 'vip_port_id', 'vip_qos_policy_id', 'vip_sg_ids'], isAdvanced: true },
    { title: 'section.more', fields: MORE, isAdvanced: true },
  ],
  listener: [
    { title: 'section.basic', fields: ['name', 'description', 'protocol', 'protocol_port', 'default_pool_id', 'allowed_cidrs', 'insert_headers'] },
    { title: 'section.certificates', fields: ['default_tls_container_ref', 'sni_container_refs'] },
    { title: 'section.tls', fields: ['tls_versions', 'tls_ciphers', 'alpn_protocols', 'client_authentication', 'client_ca_tls_container_ref', 'client_crl_container_ref', 'hsts_max_age', 'hsts_include_subdomains', 'hsts_preload'], isAdvanced: true },
    { title: 'section.limits', fields: ['connection_limit', 'timeout_client_data', 'timeout_member_connect', 'timeout_member_data', 'timeout_tcp_inspect'], isAdvanced: true },
    { title: 'section.more', fields: MORE, isAdvanced: true },
  ],
  pool: [
    { title: 'section.basic', fields: ['name', 'description', 'protocol', 'lb_algorithm', 'listener_id', 'session_persistence'] },
    { title: 'section.tls', fields: ['tls_enabled', 'tls_container_ref', 'ca_tls_container_ref', 'crl_container_ref', 'tls_versions', 'tls_ciphers', 'alpn_protocols'], isAdvanced: true },
    { title: 'section.more', fields: MORE, isAdvanced: true },
  ],
  member: [
    { title: 'section.basic', fields: ['name', 'address', 'protocol_port', 'subnet_id', 'weight', 'backup'] },
    { title: 'section.monitoring', fields: ['monitor_address', 'monitor_port'], isAdvanced: true },
    { title: 'section.more', fields: ['request_sriov', ...MORE], isAdvanced: true },
  ],
  healthmonitor: [
    { title: 'section.basic', fields: ['name', 'type', 'delay', 'timeout', 'max_retries', 'max_retries_down', 'http_method', 'url_path', 'expected_codes', 'http_version', 'domain_name'] },
    { title: 'section.more', fields: MORE, isAdvanced: true },
  ],
  l7policy: [
    { title: 'section.basic', fields: ['name', 'description', 'action', 'redirect_pool_id', 'redirect_url', 'redirect_prefix', 'redirect_http_code', 'position'] },
    { title: 'section.more', fields: MORE, isAdvanced: true },
  ],
  rule: [
    { title: 'section.basic', fields: ['type', 'compare_type', 'key', 'value', 'invert'] },
    { title: 'section.more', fields: MORE, isAdvanced: true },
  ],
  flavor: [{ title: 'section.basic', fields: ['name', 'description', 'flavor_profile_id', 'enabled'] }],
  flavorprofile: [{ title: 'section.basic', fields: ['name', 'provider_name', 'flavor_data'] }],
  availability_zone: [{ title: 'section.basic', fields: ['name', 'description', 'availability_zone_profile_id', 'enabled'] }],
  availability_zone_profile: [{ title: 'section.basic', fields: ['name', 'provider_name', 'availability_zone_data'] }],
  // The other two names of the definition are old spellings.
  quota: [{ title: 'section.basic', fields: ['loadbalancer', 'listener', 'pool', 'member', 'healthmonitor', 'l7policy', 'l7rule'] }],
  rollout: [
    { title: 'section.basic', fields: ['kind', 'image_id', 'canary', 'per_minute'] },
    { title: 'section.limits', fields: ['parallel', 'soak_seconds'], isAdvanced: true },
  ],
};

type Condition = (values: FormValues, around: Surroundings) => boolean;
const isHttp: Condition = ({ protocol }) => protocol === 'HTTP' || protocol === 'TERMINATED_HTTPS';
const endsTls: Condition = ({ protocol }) => protocol === 'TERMINATED_HTTPS';
const isStream: Condition = ({ protocol }) => protocol !== 'UDP' && protocol !== 'SCTP' && protocol !== 'PROMETHEUS';
const checksHttp: Condition = ({ type }) => type === 'HTTP' || type === 'HTTPS';
const redirects: Condition = ({ action }) => action === 'REDIRECT_TO_URL' || action === 'REDIRECT_PREFIX';
const isTlsOn: Condition = ({ tls_enabled }) => tls_enabled === true;

/** Fields that only make sense with certain others. */
const CONDITIONS: Readonly<Partial<Record<FormKind, Readonly<Record<string, Condition>>>>> = {
  listener: {
    default_pool_id: ({ protocol }) => protocol !== 'PROMETHEUS', insert_headers: isHttp, default_tls_container_ref: endsTls, sni_container_refs: endsTls, tls_versions: endsTls, tls_ciphers: endsTls, alpn_protocols: endsTls,
    client_authentication: endsTls, client_ca_tls_container_ref: endsTls, client_crl_container_ref: endsTls, hsts_max_age: endsTls,
    hsts_include_subdomains: (values, around) => endsTls(values, around) && values['hsts_max_age'] !== '', hsts_preload: (values, around) => endsTls(values, around) && values['hsts_max_age'] !== '',
    timeout_tcp_inspect: isStream, timeout_client_data: isStream, timeout_member_connect: isStream, timeout_member_data: isStream,
  },
  pool: {
    tls_enabled: ({ protocol }) => protocol !== 'UDP' && protocol !== 'SCTP', tls_container_ref: isTlsOn, ca_tls_container_ref: isTlsOn, crl_container_ref: isTlsOn, tls_versions: isTlsOn, tls_ciphers: isTlsOn, alpn_protocols: isTlsOn,
  },
  healthmonitor: {
    http_method: checksHttp, url_path: checksHttp, expected_codes: checksHttp, http_version: checksHttp, domain_name: (values, around) => checksHttp(values, around) && textOf(values['http_version']) === '1.1',
  },
  l7policy: {
    redirect_pool_id: ({ action }) => action === 'REDIRECT_TO_POOL', redirect_url: ({ action }) => action === 'REDIRECT_TO_URL', redirect_prefix: ({ action }) => action === 'REDIRECT_PREFIX', redirect_http_code: redirects,
  },
  rollout: { image_id: ({ kind }) => kind !== 'configure' },
  rule: {
    key: ({ type }) => type === 'HEADER' || type === 'COOKIE' || type === 'SSL_DN_FIELD',
  },
};

/** Whether a field belongs on the screen with these values. */
export function isShown(kind: FormKind, name: string, values: FormValues, around: Surroundings): boolean {
  return CONDITIONS[kind]?.[name]?.(values, around) ?? true;
}

/** The values of an enumeration that can work here. */
export function choicesOf(kind: FormKind, name: string, around: Surroundings): readonly (string | number)[] {
  const { listenerProtocol, poolProtocol } = around;
  if (kind === 'listener' && name === 'protocol') return LISTENER_PROTOCOLS;
  if (kind === 'pool' && name === 'protocol' && listenerProtocol !== undefined) return acceptable(POOL_PROTOCOLS, (protocol) => checkPoolProtocol(listenerProtocol, protocol));
  if (kind === 'healthmonitor' && name === 'type' && poolProtocol !== undefined) return acceptable(HEALTH_MONITOR_TYPES, (type) => checkMonitorType({ type }, poolProtocol, 0));
  // The definition takes any text here; a rule of the API knows the versions.
  if (name === 'tls_versions') return TLS_VERSIONS;
  const type = DEFINITIONS[kind].fields[name]?.type;
  return type?.values ?? type?.item?.values ?? [];
}

/** Values with what no longer belongs on the screen taken out, so that it is not sent; a rule's key is emptied, as types without one are refused beside it. */
export function withoutHidden(kind: FormKind, values: FormValues, around: Surroundings): FormValues {
  return Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (isShown(kind, name, values, around) ? [[name, value]] : kind === 'rule' ? [[name, '']] : [])));
}

/** What an object has, without what no longer belongs on the screen: a rule about it could not be satisfied there. */
export function visiblePart(kind: FormKind, shown: Readonly<Record<string, unknown>>, values: FormValues, around: Surroundings): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(shown).filter(([name]) => isShown(kind, name, values, around)));
}

/** A sensible start for something new, where the definition has no default. */
export function startValues(kind: FormKind, around: Surroundings): FormValues {
  switch (kind) {
    case 'listener': return { protocol: 'HTTP', protocol_port: '80' };
    case 'pool': return { protocol: around.listenerProtocol === undefined ? 'HTTP' : String(choicesOf('pool', 'protocol', around)[0] ?? 'HTTP'), lb_algorithm: 'ROUND_ROBIN' };
    case 'member': return { protocol_port: '80' };
    case 'healthmonitor': {
      const isDatagram = around.poolProtocol !== undefined && isDatagramProtocol(around.poolProtocol);
      const type = isDatagram ? (around.poolProtocol === 'SCTP' ? 'SCTP' : 'UDP-CONNECT') : around.poolProtocol === 'HTTP' ? 'HTTP' : 'TCP';
      return { type, delay: '5', timeout: '3', max_retries: '2', ...(isHttpMonitor(type) && { url_path: '/', expected_codes: '200', http_method: 'GET' }) };
    }
    case 'l7policy': return { action: 'REDIRECT_TO_POOL' };
    case 'rule': return { type: 'PATH', compare_type: 'STARTS_WITH' };
    case 'flavorprofile': return { provider_name: 'amphora', flavor_data: '{}' };
    case 'availability_zone_profile': return { provider_name: 'amphora', availability_zone_data: '{}' };
    default: return {};
  }
}
