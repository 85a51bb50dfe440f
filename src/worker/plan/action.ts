import type { AmphoraRole } from '../../model/enums.ts';
import type { Patience } from '../../amphora/client/amphora-client.ts';

/** An amphora that must come into being; its id is chosen before anything is made. */
export interface NewAmphora { readonly id: string; readonly role: AmphoraRole }

/** What one action does. Every kind is idempotent: done twice is done once. */
export type ActionWork =
  /** One transaction: rows of new amphorae, PENDING_DELETE for doomed ones, failover wishes taken into those rows. */
  | { readonly kind: 'recordAmphorae'; readonly create: readonly NewAmphora[]; readonly doom: readonly string[] }
  | { readonly kind: 'ensureServerGroup' }
  | { readonly kind: 'ensureVip' }
  | { readonly kind: 'ensureSecurityGroup' }
  | { readonly kind: 'applyQos'; readonly amphoraId: string }
  | { readonly kind: 'ensureVrrpPort'; readonly amphoraId: string }
  | { readonly kind: 'bootAmphora'; readonly amphoraId: string }
  | { readonly kind: 'awaitAgent'; readonly amphoraId: string; readonly patience: Patience }
  | { readonly kind: 'attachVip'; readonly amphoraId: string }
  | { readonly kind: 'plugVip'; readonly amphoraId: string; readonly patience: Patience }
  | { readonly kind: 'setInterfaceRules'; readonly amphoraId: string; readonly patience: Patience }
  /** To a machine that is new: beside the VIP's port, as a cloud takes seconds for each. */
  | { readonly kind: 'attachMemberNetworks'; readonly amphoraId: string }
  | { readonly kind: 'plugMemberNetworks'; readonly amphoraId: string; readonly patience: Patience }
  | { readonly kind: 'resolveTls' }
  | { readonly kind: 'pushCertificates'; readonly amphoraId: string; readonly patience: Patience }
  | { readonly kind: 'pushHaproxy'; readonly amphoraId: string; readonly patience: Patience }
  | { readonly kind: 'pushLvs'; readonly amphoraId: string; readonly patience: Patience }
  | { readonly kind: 'startListeners'; readonly amphoraId: string; readonly patience: Patience }
  | { readonly kind: 'pushVrrp'; readonly amphoraId: string; readonly patience: Patience }
  | { readonly kind: 'startVrrp'; readonly amphoraId: string; readonly patience: Patience }
  | { readonly kind: 'configureAgent'; readonly amphoraId: string; readonly patience: Patience }
  /** Its machine and its ports by themselves, where all of a load balancer go. */
  | { readonly kind: 'removeInstance'; readonly amphoraId: string }
  | { readonly kind: 'removePorts'; readonly amphoraId: string }
  | { readonly kind: 'removeAmphora'; readonly amphoraId: string }
  | { readonly kind: 'removeVip' }
  | { readonly kind: 'removeSecurityGroup' }
  | { readonly kind: 'removeServerGroup' };

/** One node of the plan: it runs as soon as everything it `needs` is done. */
export type Action = ActionWork & {
  readonly id: string;
  readonly needs: readonly string[];
  /**
   * What may fail without failing the whole: `unreachable`, an amphora of a pair that does not answer (the rest of its
   * actions are skipped, it is tried again later); `failing`, also one whose agent says that it cannot; `any`, clearing away something that serves nobody any more, and secrets
   * that only some of the listeners need.
   */
  readonly tolerate?: 'unreachable' | 'failing' | 'any';
};

/** Whether a failure of the action leaves its amphora out of the run. */
export function leavesOut({ tolerate }: Pick<Action, 'tolerate'>): boolean {
  return tolerate === 'unreachable' || tolerate === 'failing';
}

/** Amphora that an action is about; null for those about the load balancer as a whole. */
export function amphoraOf(action: ActionWork): string | null {
  return 'amphoraId' in action ? action.amphoraId : null;
}

export function actionId(kind: ActionWork['kind'], amphoraId?: string): string {
  return amphoraId === undefined ? kind : `${kind}:${amphoraId}`;
}
