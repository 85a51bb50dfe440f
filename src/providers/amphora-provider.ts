import type { CastMethod } from '../bus/bus.ts';
import type { Trx } from '../store/database.ts';
import {
  checkAlpnProtocols, checkL7PolicyListener, checkListenerChildren, checkListenerProtocol, checkMemberFamilies, checkPoolAlgorithm, checkWholeTree, membersOf,
} from './amphora-checks.ts';
import { createAmphoraCapabilities } from './amphora-capabilities.ts';
import { planMemberBatch } from './amphora-member-batch.ts';
import type { AmphoraProviderServices } from './amphora-services.ts';
import { flatDict } from './provider-models.ts';
import type { ProviderCallScope, ProviderDict, ProviderDriver } from './provider-driver.ts';

/**
 * The provider whose load balancers our (or the original's) workers build. It refuses what amphorae cannot do and queues
 * one cast per call, with the argument names and key sets of the original (contracts section 8). Key material never
 * enters a cast: workers fetch it by reference.
 */
export function createAmphoraProvider(services: AmphoraProviderServices, scope: ProviderCallScope): ProviderDriver {
  const { trx } = scope;
  const cast = (method: CastMethod, args: ProviderDict) => scope.cast({ method, args, requestId: scope.requestId });
  return {
    ...loadBalancerCalls(cast),
    ...listenerCalls(cast, trx),
    ...poolCalls(cast, trx),
    async memberCreate(member) {
      await checkMemberFamilies(trx, String(member['pool_id']), [member]);
      cast('create_member', { member: flatDict(member) });
    },
    async memberDelete(member) { cast('delete_member', { member: flatDict(member) }); },
    async memberUpdate(old, updated) {
      cast('update_member', { original_member: flatDict(old), member_updates: renamed(flatDict(updated), { admin_state_up: 'enabled' }, ['member_id']) });
    },
    async memberBatchUpdate(poolId, members) {
      await checkMemberFamilies(trx, poolId, members.filter((member) => member['address'] !== undefined));
      cast('batch_update_members', await planMemberBatch(trx, poolId, members));
    },
    ...healthMonitorCalls(cast),
    async l7policyCreate(policy) {
      await checkL7PolicyListener(trx, policy);
      cast('create_l7policy', { l7policy: flatDict(policy) });
    },
    async l7policyDelete(policy) { cast('delete_l7policy', { l7policy: flatDict(policy) }); },
    async l7policyUpdate(old, updated) {
      cast('update_l7policy', { original_l7policy: flatDict(old), l7policy_updates: renamed(flatDict(updated), { admin_state_up: 'enabled' }, ['l7policy_id']) });
    },
    async l7ruleCreate(rule) { cast('create_l7rule', { l7rule: flatDict(rule) }); },
    async l7ruleDelete(rule) { cast('delete_l7rule', { l7rule: flatDict(rule) }); },
    async l7ruleUpdate(old, updated) {
      cast('update_l7rule', { original_l7rule: flatDict(old), l7rule_updates: renamed(flatDict(updated), { admin_state_up: 'enabled' }, ['l7rule_id']) });
    },
    ...createAmphoraCapabilities(services),
  };
}

type QueueCast = (method: CastMethod, args: ProviderDict) => void;

function loadBalancerCalls(cast: QueueCast): Pick<ProviderDriver, 'loadbalancerCreate' | 'loadbalancerDelete' | 'loadbalancerFailover' | 'loadbalancerUpdate'> {
  return {
    async loadbalancerCreate(loadbalancer) {
      checkWholeTree(loadbalancer);
      const flavor = loadbalancer['flavor'] ?? null;
      const availabilityZone = loadbalancer['availability_zone'] ?? null;
      cast('create_load_balancer', {
        loadbalancer: { ...flatDict(loadbalancer), flavor, availability_zone: availabilityZone }, flavor, availability_zone: availabilityZone,
      });
    },
    async loadbalancerDelete(loadbalancer, cascade) { cast('delete_load_balancer', { loadbalancer: flatDict(loadbalancer), cascade }); },
    async loadbalancerFailover(loadbalancerId) { cast('failover_load_balancer', { load_balancer_id: loadbalancerId }); },
    async loadbalancerUpdate(old, updated) {
      const { vip_qos_policy_id: qosPolicyId, ...rest } = renamed(flatDict(updated), { admin_state_up: 'enabled' }, ['loadbalancer_id']);
      cast('update_load_balancer', {
        original_load_balancer: flatDict(old),
        load_balancer_updates: { ...rest, ...(typeof qosPolicyId === 'string' && { vip: { qos_policy_id: qosPolicyId } }) },
      });
    },
  };
}

function listenerCalls(cast: QueueCast, trx: Trx): Pick<ProviderDriver, 'listenerCreate' | 'listenerDelete' | 'listenerUpdate'> {
  return {
    async listenerCreate(listener) {
      checkListenerProtocol(listener);
      checkAlpnProtocols(listener);
      await checkListenerChildren(trx, listener);
      cast('create_listener', { listener: withoutKeyMaterial(flatDict(listener)) });
    },
    async listenerDelete(listener) { cast('delete_listener', { listener: withoutKeyMaterial(flatDict(listener)) }); },
    async listenerUpdate(old, updated) {
      checkAlpnProtocols(updated);
      cast('update_listener', { original_listener: withoutKeyMaterial(flatDict(old)), listener_updates: renamed(withoutKeyMaterial(flatDict(updated)), { listener_id: 'listener_id' }) });
    },
  };
}

const POOL_COLUMN_NAMES = {
  admin_state_up: 'enabled', tls_container_ref: 'tls_certificate_id', ca_tls_container_ref: 'ca_tls_certificate_id', crl_container_ref: 'crl_container_id',
};

function poolCalls(cast: QueueCast, trx: Trx): Pick<ProviderDriver, 'poolCreate' | 'poolDelete' | 'poolUpdate'> {
  return {
    async poolCreate(pool) {
      checkPoolAlgorithm(pool);
      checkAlpnProtocols(pool);
      await checkMemberFamilies(trx, String(pool['pool_id']), membersOf(pool));
      cast('create_pool', { pool: renamed(withoutKeyMaterial(pool), POOL_COLUMN_NAMES) });
    },
    async poolDelete(pool) { cast('delete_pool', { pool: withoutKeyMaterial(pool) }); },
    async poolUpdate(old, updated) {
      checkAlpnProtocols(updated);
      if (updated['lb_algorithm'] !== undefined) checkPoolAlgorithm(updated);
      cast('update_pool', { original_pool: withoutKeyMaterial(flatDict(old)), pool_updates: renamed(withoutKeyMaterial(updated), POOL_COLUMN_NAMES, ['pool_id']) });
    },
  };
}

function healthMonitorCalls(cast: QueueCast): Pick<ProviderDriver, 'healthMonitorCreate' | 'healthMonitorDelete' | 'healthMonitorUpdate'> {
  return {
    async healthMonitorCreate(monitor) { cast('create_health_monitor', { health_monitor: flatDict(monitor) }); },
    async healthMonitorDelete(monitor) { cast('delete_health_monitor', { health_monitor: flatDict(monitor) }); },
    async healthMonitorUpdate(old, updated) {
      const names = { admin_state_up: 'enabled', max_retries_down: 'fall_threshold', max_retries: 'rise_threshold' };
      cast('update_health_monitor', { original_health_monitor: flatDict(old), health_monitor_updates: renamed(flatDict(updated), names, ['healthmonitor_id']) });
    },
  };
}

/** Gives keys their queue names, at the end as the original does, and leaves `dropped` out. */
function renamed(dict: ProviderDict, names: Readonly<Record<string, string>>, dropped: readonly string[] = []): ProviderDict {
  const kept = Object.entries(dict).filter(([key]) => !Object.hasOwn(names, key) && !dropped.includes(key));
  const moved = Object.entries(names).flatMap(([from, to]) => (Object.hasOwn(dict, from) ? [[to, dict[from]] as const] : []));
  return Object.fromEntries([...kept, ...moved]);
}

function withoutKeyMaterial(dict: ProviderDict): ProviderDict {
  return Object.fromEntries(Object.entries(dict).filter(([key]) => !key.endsWith('_container_data')));
}
