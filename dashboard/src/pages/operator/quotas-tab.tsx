import { Button, FormGroup, TextInput, Toolbar, ToolbarContent, ToolbarItem } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { octavia, remove, show } from '../../api/client.ts';
import type { Quota } from '../../api/schema.ts';
import { DataTable, type Column } from '../../components/data-table.tsx';
import { Empty, Failure, LoadingPage } from '../../components/states.tsx';
import { staleAfter, useCloudObjects, useSend } from '../../data/objects.ts';
import { ConfirmDialog } from '../../dialogs/confirm-dialog.tsx';
import { ObjectDialog } from '../../dialogs/object-dialog.tsx';
import { useT } from '../../i18n/i18n.tsx';
import { useSession } from '../../session/session.tsx';
import { mergeQuotas, QUOTA_FIELDS, type QuotaRow, type Usage } from './quota-rows.ts';

type Open = { readonly what: 'edit' | 'reset'; readonly on: QuotaRow } | { readonly what: 'new' } | null;

/** Limits of every project that has own ones or anything at all, and how much of them is in use. */
export function QuotasTab() {
  const t = useT();
  const { session, may } = useSession();
  const quotas = useCloudObjects('quota');
  const usage = useQuery({ queryKey: ['cloud', 'quota', 'usage'], queryFn: async () => (await octavia<{ quota_usage: readonly Usage[] }>('GET', '/v2.0/octavia/quota_usage')).quota_usage });
  const project = session.project?.id ?? '';
  const defaults = useQuery({ queryKey: ['cloud', 'quota', 'default'], queryFn: async () => (await octavia<{ quota: Quota }>('GET', `/v2.0/lbaas/quotas/${encodeURIComponent(project)}/default`)).quota });
  const [open, setOpen] = useState<Open>(null);
  const rows = useMemo(() => mergeQuotas(quotas.data ?? [], usage.data ?? [], { defaults: defaults.data, names: session.projects }), [quotas.data, usage.data, defaults.data, session.projects]);
  const columns = useMemo((): readonly Column<QuotaRow>[] => [
    { key: 'project', title: t('field.project_id'), width: 20, sortBy: (row) => row.name, cell: (row) => <span title={row.id}>{row.name}</span> },
    ...QUOTA_FIELDS.map((name) => ({
      key: name, title: t(`field.quota.${name}`), sortBy: (row: QuotaRow) => row.used[name],
      cell: (row: QuotaRow) => t('operator.quota.of', { used: row.used[name], limit: limitText(row.limits[name], t('operator.quota.unlimited')) }),
    })),
  ], [t]);
  const error = quotas.error ?? usage.error ?? defaults.error;
  if (error !== null) return <Failure error={error} retry={() => void Promise.all([quotas.refetch(), usage.refetch(), defaults.refetch()])} />;
  if (quotas.data === undefined || usage.data === undefined || defaults.data === undefined) return <LoadingPage />;
  const add = may('quota:put') ? <Button onClick={() => setOpen({ what: 'new' })}>{t('operator.quota.add')}</Button> : undefined;
  const { data: standard } = defaults;
  return (
    <>
      <Toolbar><ToolbarContent>{add !== undefined && rows.length > 0 && <ToolbarItem>{add}</ToolbarItem>}</ToolbarContent></Toolbar>
      <p className="subtle">{t('operator.quota.defaults')}: {QUOTA_FIELDS.map((name) => `${t(`field.quota.${name}`)} ${limitText(standard[name], t('operator.quota.unlimited'))}`).join(' · ')}</p>
      {rows.length === 0 ? <Empty title={t('operator.quota.empty')} body={t('operator.quota.empty-explained')} actions={add} /> : (
        <DataTable
          label={t('operator.quotas')} columns={columns} rows={rows} idOf={idOf} nameOf={nameOf}
          {...(may('quota:put') && {
            actions: (on: QuotaRow) => [
              { title: t('action.edit'), onClick: () => setOpen({ what: 'edit', on }) },
              ...(may('quota:delete') && on.isOwn ? [{ title: t('operator.quota.reset'), onClick: () => setOpen({ what: 'reset', on }) }] : []),
            ],
          })}
        />
      )}
      {open?.what === 'edit' && <ObjectDialog kind="quota" loadBalancerId={null} shown={{ ...open.on.limits, id: open.on.id, name: open.on.name }} onClose={() => setOpen(null)} />}
      {open?.what === 'reset' && <ResetDialog on={open.on} onClose={() => setOpen(null)} />}
      {open?.what === 'new' && <NewQuota onClose={() => setOpen((now) => (now?.what === 'new' ? null : now))} onFound={(on) => setOpen({ what: 'edit', on })} />}
    </>
  );
}

const idOf = (row: QuotaRow) => row.id;
const nameOf = (row: QuotaRow) => row.name;
const limitText = (limit: number | null | undefined, unlimited: string) => (limit === -1 ? unlimited : String(limit ?? ''));

function ResetDialog({ on, onClose }: { on: QuotaRow; onClose: () => void }) {
  const t = useT();
  const send = useSend();
  return (
    <ConfirmDialog
      title={t('operator.quota.reset-title', { name: on.name })} confirm={t('operator.quota.reset')} onClose={onClose}
      onConfirm={async () => {
        await remove('quota', on.id);
        await send(() => Promise.resolve(), { stale: staleAfter('quota'), accepted: t('dialog.saved') });
      }}
    >
      {t('operator.quota.reset-explained')}
    </ConfirmDialog>
  );
}

/** Asks for a project and goes on with its quota, which is the default until it is edited. */
function NewQuota({ onClose, onFound }: { onClose: () => void; onFound: (row: QuotaRow) => void }) {
  const t = useT();
  const [id, setId] = useState('');
  return (
    <ConfirmDialog
      title={t('operator.quota.add')} confirm={t('action.next')} onClose={onClose}
      onConfirm={async () => {
        if (id.trim() === '') throw new Error(t('problem.required'));
        const [row] = mergeQuotas([{ ...(await show('quota', id.trim())), project_id: id.trim() }], [], { defaults: undefined, names: [] });
        if (row !== undefined) onFound(row);
      }}
    >
      <FormGroup label={t('operator.quota.project')} fieldId="quota-project"><TextInput id="quota-project" value={id} maxLength={36} onChange={(_event, value) => setId(value)} /></FormGroup>
    </ConfirmDialog>
  );
}
