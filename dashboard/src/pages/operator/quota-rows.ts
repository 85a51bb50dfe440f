import type { Quota } from '../../api/schema.ts';

/** What is limited, by the names of today. */
export const QUOTA_FIELDS = ['loadbalancer', 'listener', 'pool', 'member', 'healthmonitor', 'l7policy', 'l7rule'] as const;
type QuotaField = (typeof QUOTA_FIELDS)[number];

/** How many objects a project has. */
export type Usage = Readonly<Record<QuotaField, number>> & { readonly project_id: string };

export interface QuotaRow {
  /** The project. */
  readonly id: string;
  readonly name: string;
  /** False while the project has the defaults only. */
  readonly isOwn: boolean;
  /** -1 is unlimited. */
  readonly limits: Readonly<Record<QuotaField, number | null>>;
  readonly used: Readonly<Record<QuotaField, number>>;
}

/** One row per project that has own limits or any objects. */
export function mergeQuotas(quotas: readonly Quota[], usage: readonly Usage[], { defaults, names }: { defaults: Quota | undefined; names: readonly { readonly id: string; readonly name: string }[] }): readonly QuotaRow[] {
  const own = new Map(quotas.map((quota) => [quota.project_id, quota]));
  const used = new Map(usage.map((one) => [one.project_id, one]));
  return [...new Set([...own.keys(), ...used.keys()])].toSorted().map((id) => {
    const limits = own.get(id);
    return {
      id, name: names.find((project) => project.id === id)?.name ?? id, isOwn: limits !== undefined,
      limits: pick((name) => limits?.[name] ?? defaults?.[name] ?? null), used: pick((name) => used.get(id)?.[name] ?? 0),
    };
  });
}

function pick<T>(valueOf: (name: QuotaField) => T): Readonly<Record<QuotaField, T>> {
  return { loadbalancer: valueOf('loadbalancer'), listener: valueOf('listener'), pool: valueOf('pool'), member: valueOf('member'), healthmonitor: valueOf('healthmonitor'), l7policy: valueOf('l7policy'), l7rule: valueOf('l7rule') };
}
