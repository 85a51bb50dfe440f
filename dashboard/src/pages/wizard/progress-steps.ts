import type { Listener, Loadbalancer, Member, Pool } from '../../api/schema.ts';
import type { MessageKey } from '../../i18n/en/index.ts';

export type StepState = 'done' | 'running' | 'waiting' | 'failed';

export interface ProgressStepOf {
  readonly key: string;
  readonly message: MessageKey;
  readonly values: Readonly<Record<string, string>>;
  readonly kind?: 'listener' | 'pool' | 'member';
  readonly state: StepState;
}

interface Parts {
  readonly loadBalancer: Pick<Loadbalancer, 'vip_address' | 'provisioning_status'>;
  readonly listeners: readonly Pick<Listener, 'id' | 'name' | 'provisioning_status'>[];
  readonly pools: readonly Pick<Pool, 'id' | 'name' | 'provisioning_status' | 'healthmonitor_id'>[];
  readonly members: readonly Pick<Member, 'id' | 'name' | 'address' | 'provisioning_status' | 'operating_status'>[];
}

/** The way of a new load balancer to its first answer, as its statuses tell. */
export function progressSteps({ loadBalancer, listeners, pools, members }: Parts): readonly ProgressStepOf[] {
  const { vip_address: address, provisioning_status: status } = loadBalancer;
  const part = (kind: 'listener' | 'pool' | 'member') => (one: { id: string; name: string; address?: string; provisioning_status: string }): ProgressStepOf => ({
    key: one.id, kind, message: 'progress.part', values: { name: one.name === '' ? (one.address ?? one.id) : one.name }, state: stateOf(one.provisioning_status),
  });
  const isMonitored = members.length > 0 && pools.some((pool) => typeof pool.healthmonitor_id === 'string');
  return [
    { key: 'accepted', message: 'progress.accepted', values: {}, state: 'done' },
    { key: 'address', message: 'progress.address', values: { address: address ?? '' }, state: address === null ? 'running' : 'done' },
    ...listeners.map(part('listener')), ...pools.map(part('pool')), ...members.map(part('member')),
    { key: 'active', message: 'progress.active', values: {}, state: stateOf(status) },
    ...(isMonitored ? [{ key: 'answering', message: 'progress.answering', values: {}, state: answering(status, members) } as const] : []),
  ];
}

function stateOf(status: string): StepState {
  return status === 'ACTIVE' ? 'done' : status === 'ERROR' ? 'failed' : 'running';
}

/** Members are judged by their monitor once there is something to ask them. */
function answering(status: string, members: Parts['members']): StepState {
  if (status !== 'ACTIVE') return 'waiting';
  if (members.every((member) => member.operating_status === 'ONLINE')) return 'done';
  return members.some((member) => member.operating_status === 'ERROR') ? 'failed' : 'running';
}
