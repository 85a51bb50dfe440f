import type { Rule } from '../../api/schema.ts';
import { useLoadBalancer, useObject, useRules } from '../../data/objects.ts';
import { objectName } from '../../format/object-name.ts';
import { useT } from '../../i18n/i18n.tsx';
import type { PageProps } from '../../routes.tsx';
import { ChildTable } from './child-table.tsx';
import { statusColumns, textColumn } from './columns.tsx';
import { ObjectPage } from './object-page.tsx';
import { Overview } from './overview.tsx';

export function PolicyPage({ parameters: { id = '', listener: listenerId = '', policy: policyId = '' } }: PageProps) {
  const t = useT();
  const loadBalancer = useLoadBalancer(id);
  const listener = useObject(id, 'listener', listenerId);
  const query = useObject(id, 'l7policy', policyId);
  const crumbs = [
    { to: '/load-balancers', label: t('list.title') }, { to: `/load-balancers/${id}?tab=listeners`, label: objectName(id, loadBalancer.data?.name) },
    { to: `/load-balancers/${id}/listeners/${listenerId}?tab=policies`, label: objectName(listenerId, listener.data?.name) },
  ];
  return (
    <ObjectPage
      kind="l7policy" query={query} loadBalancerId={id} crumbs={crumbs}
      tabs={(policy) => [
        { key: 'overview', title: t('detail.overview'), content: <Overview kind="l7policy" shown={policy} /> },
        { key: 'rules', title: `${t('detail.rules')} (${policy.rules.length})`, content: <Rules id={id} policyId={policyId} /> },
      ]}
    />
  );
}

function Rules({ id, policyId }: { id: string; policyId: string }) {
  const t = useT();
  const query = useRules(id, policyId);
  return (
    <ChildTable
      kind="rule" query={query} loadBalancerId={id} parent={policyId}
      columns={[
        textColumn<Rule>('type', t('field.type'), (row) => row.type), textColumn<Rule>('compare', t('field.compare_type'), (row) => row.compare_type), textColumn<Rule>('key', t('field.key'), (row) => row.key ?? ''), textColumn<Rule>('value', t('field.value'), (row) => row.value),
        textColumn<Rule>('invert', t('field.invert'), (row) => Number(row.invert), (row) => (row.invert ? t('state.yes') : t('state.no'))), ...statusColumns(t),
      ]}
    />
  );
}
