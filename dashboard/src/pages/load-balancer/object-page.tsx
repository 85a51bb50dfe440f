import { Breadcrumb, BreadcrumbItem, Button, Tab, Tabs, TabTitleText } from '@patternfly/react-core';
import { useState, type ReactNode } from 'react';
import { Failure, LoadingPage } from '../../components/states.tsx';
import { StatusLabel } from '../../components/status-label.tsx';
import { DeleteDialog } from '../../dialogs/delete-dialog.tsx';
import { ObjectDialog, type ObjectDialogProps } from '../../dialogs/object-dialog.tsx';
import type { CloudKind, FormKind } from '../../forms/layout.ts';
import { useT } from '../../i18n/i18n.tsx';
import { Link, useQueryState, useRouter } from '../../router/router.tsx';
import { useSession } from '../../session/session.tsx';
import { PageBody } from '../../shell/shell.tsx';

export interface PageTab {
  readonly key: string;
  readonly title: string;
  readonly content: ReactNode;
}

/** Tabs whose choice is in the address. */
export function PageTabs({ tabs }: { tabs: readonly PageTab[] }) {
  const t = useT();
  const [tab, setTab] = useQueryState('tab', tabs[0]?.key ?? '');
  return (
    <Tabs activeKey={tab} onSelect={(_event, key) => setTab(String(key))} mountOnEnter unmountOnExit backScrollAriaLabel={t('table.back')} forwardScrollAriaLabel={t('table.forward')} aria-label={t('detail.tabs')}>
      {tabs.map(({ key, title, content }) => <Tab key={key} eventKey={key} title={<TabTitleText>{title}</TabTitleText>}><div className="tab-body">{content}</div></Tab>)}
    </Tabs>
  );
}

export interface Crumb {
  readonly to: string;
  readonly label: string;
}

interface Shown {
  readonly id: string;
  readonly name?: string;
  readonly operating_status: string;
  readonly provisioning_status: string;
}

interface ObjectPageProps<T extends Shown> {
  readonly kind: Exclude<FormKind, 'loadbalancer' | CloudKind>;
  readonly query: { readonly data: T | undefined; readonly isLoading: boolean; readonly error: unknown; readonly refetch: () => unknown };
  readonly loadBalancerId: string;
  readonly crumbs: readonly Crumb[];
  readonly around?: ObjectDialogProps['around'];
  readonly tabs: (shown: T) => readonly PageTab[];
}

/** The page of an object below a load balancer: what it is, its parts, edit and delete. */
export function ObjectPage<T extends Shown>({ kind, query, loadBalancerId, crumbs, around, tabs }: ObjectPageProps<T>) {
  const t = useT();
  const { may } = useSession();
  const { navigate } = useRouter();
  const [open, setOpen] = useState<'edit' | 'delete' | null>(null);
  const shown = query.data;
  if (shown === undefined) return <PageBody title={t(`kind.${kind}`)} breadcrumb={<Crumbs crumbs={crumbs} />}>{query.isLoading ? <LoadingPage /> : <Failure error={query.error} retry={() => void query.refetch()} />}</PageBody>;
  const name = shown.name === '' || shown.name === undefined ? shown.id : shown.name;
  const up = crumbs.at(-1)?.to ?? '/load-balancers';
  return (
    <PageBody
      title={<>{name} <StatusLabel status={shown.operating_status} /> <StatusLabel status={shown.provisioning_status} /></>} subtitle={t(`kind.${kind}`)} breadcrumb={<Crumbs crumbs={[...crumbs, { to: '', label: name }]} />}
      actions={(
        <>
          {may(`${kind}:put`) && <Button variant="secondary" onClick={() => setOpen('edit')}>{t('action.edit')}</Button>}
          {may(`${kind}:delete`) && <Button variant="secondary" isDanger onClick={() => setOpen('delete')}>{t('action.delete')}</Button>}
        </>
      )}
    >
      <PageTabs tabs={tabs(shown)} />
      {open === 'edit' && <ObjectDialog kind={kind} shown={shown} loadBalancerId={loadBalancerId} {...(around !== undefined && { around })} onClose={() => setOpen(null)} />}
      {open === 'delete' && <DeleteDialog kind={kind} objects={[{ id: shown.id, name }]} loadBalancerId={loadBalancerId} onClose={() => setOpen(null)} onDeleted={() => navigate(up)} />}
    </PageBody>
  );
}

export function Crumbs({ crumbs }: { crumbs: readonly Crumb[] }) {
  const t = useT();
  return (
    <Breadcrumb aria-label={t('detail.where')}>
      {crumbs.map(({ to, label }) => <BreadcrumbItem key={to} isActive={to === ''}>{to === '' ? label : <Link to={to}>{label}</Link>}</BreadcrumbItem>)}
    </Breadcrumb>
  );
}
