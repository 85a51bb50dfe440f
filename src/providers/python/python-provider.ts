import type { CertManager } from '../../drivers/certs/cert-manager.ts';
import { isJsonObject } from '../../model/resources/decode-body.ts';
import { type ProviderModel, setModel } from '../model-attributes.ts';
import { ProviderError, type ProviderAdditionalVip, type ProviderDict, type ProviderDriver, type ProviderVip } from '../provider-driver.ts';
import { withTlsMaterial } from '../tls-material.ts';
import type { BridgeArgument } from './bridge-messages.ts';
import type { ProviderBridge } from './provider-bridge.ts';

/**
 * A provider driver whose work an octavia-lib driver does in its own program. What the original leaves unset is absent in
 * the models it gets; key material goes along, as such drivers have no access to the key manager.
 */
export function createPythonProvider(bridge: Pick<ProviderBridge, 'call'>, certManager: CertManager): ProviderDriver {
  const tell = async (method: string, ...args: readonly BridgeArgument[]): Promise<void> => void (await bridge.call(method, args));
  const whole = async (model: ProviderModel, dict: ProviderDict, isTolerant = false): Promise<BridgeArgument> =>
    ({ model, dict: setModel(model, hasTls(model) ? await withTlsMaterial(certManager, dict, { isTolerant }) : dict) });
  const calls = (method: string, model: ProviderModel) => ({
    create: async (dict: ProviderDict) => tell(`${method}_create`, await whole(model, dict)),
    delete: async (dict: ProviderDict) => tell(`${method}_delete`, await whole(model, dict, true)),
    // The new values are told as they are: an empty list means that something was cleared.
    update: async (old: ProviderDict, updated: ProviderDict) => {
      const material = hasTls(model) ? await withTlsMaterial(certManager, { project_id: old['project_id'], ...updated }) : updated;
      await tell(`${method}_update`, await whole(model, old, true), { model, dict: withoutInvented(material, updated) });
    },
  });
  const [loadbalancer, listener, pool, member] = [calls('loadbalancer', 'LoadBalancer'), calls('listener', 'Listener'), calls('pool', 'Pool'), calls('member', 'Member')];
  const [monitor, policy, rule] = [calls('health_monitor', 'HealthMonitor'), calls('l7policy', 'L7Policy'), calls('l7rule', 'L7Rule')];
  return {
    createVipPort: async (id, projectId, vip, additional) => readVipPort(await bridge.call('create_vip_port', [
      { value: id }, { value: projectId }, { value: given({ ...vip }) }, { value: additional.map((extra) => given({ ...extra })) },
    ]), additional),
    loadbalancerCreate: loadbalancer.create,
    loadbalancerDelete: async (dict, cascade) => tell('loadbalancer_delete', await whole('LoadBalancer', dict, true), { value: cascade }),
    loadbalancerFailover: (id) => tell('loadbalancer_failover', { value: id }),
    loadbalancerUpdate: loadbalancer.update,
    listenerCreate: listener.create, listenerDelete: listener.delete, listenerUpdate: listener.update,
    poolCreate: pool.create, poolDelete: pool.delete, poolUpdate: pool.update,
    memberCreate: member.create, memberDelete: member.delete, memberUpdate: member.update,
    memberBatchUpdate: (poolId, members) => tell('member_batch_update', { value: poolId }, { model: 'Member', models: members }),
    healthMonitorCreate: monitor.create, healthMonitorDelete: monitor.delete, healthMonitorUpdate: monitor.update,
    l7policyCreate: policy.create, l7policyDelete: policy.delete, l7policyUpdate: policy.update,
    l7ruleCreate: rule.create, l7ruleDelete: rule.delete, l7ruleUpdate: rule.update,
    getSupportedFlavorMetadata: async () => readMetadata(await bridge.call('get_supported_flavor_metadata', [])),
    validateFlavor: (flavor) => tell('validate_flavor', { value: flavor }),
    getSupportedAvailabilityZoneMetadata: async () => readMetadata(await bridge.call('get_supported_availability_zone_metadata', [])),
    validateAvailabilityZone: (zone) => tell('validate_availability_zone', { value: zone }),
  };
}

const hasTls = (model: ProviderModel): boolean => model === 'LoadBalancer' || model === 'Listener' || model === 'Pool';

/** The project was only lent for the look-up of secrets. */
function withoutInvented(material: ProviderDict, updated: ProviderDict): ProviderDict {
  if (updated['project_id'] !== undefined) return material;
  const { project_id: _lent, ...rest } = material;
  return rest;
}

/** Drivers look whether a key is there: the original gives only what the user or Octavia has chosen. */
function given(values: ProviderDict): ProviderDict {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== undefined && !(Array.isArray(value) && value.length === 0)));
}

/** `(vip, additional vips)`; drivers from before additional VIPs answer the VIP alone, and what a driver says nothing of stays as it was asked for. */
function readVipPort(answer: unknown, asked: readonly ProviderAdditionalVip[]): { vip: ProviderVip; additional: readonly ProviderAdditionalVip[] } {
  const [vip, additional] = Array.isArray(answer) ? [answer[0], answer[1]] : [answer, asked];
  if (!isJsonObject(vip)) throw new ProviderError('The provider answered no VIP.');
  const made = Array.isArray(additional) ? additional.filter(isAdditionalVip) : [];
  return { vip: readVip(vip), additional: asked.map((extra) => made.find(({ subnet_id: subnet }) => subnet === extra.subnet_id) ?? extra) };
}

function readVip(vip: Readonly<Record<string, unknown>>): ProviderVip {
  const text = (name: string) => (typeof vip[name] === 'string' ? vip[name] : null);
  return {
    vip_address: text('vip_address'), vip_network_id: text('vip_network_id'), vip_port_id: text('vip_port_id'), vip_subnet_id: text('vip_subnet_id'),
    vip_qos_policy_id: text('vip_qos_policy_id'), octavia_owned: vip['octavia_owned'] === true,
  };
}

function isAdditionalVip(value: unknown): value is ProviderAdditionalVip {
  return isJsonObject(value) && typeof value['subnet_id'] === 'string';
}

function readMetadata(answer: unknown): ReadonlyMap<string, string> {
  return new Map(isJsonObject(answer) ? Object.entries(answer).map(([name, description]) => [name, String(description)]) : []);
}
