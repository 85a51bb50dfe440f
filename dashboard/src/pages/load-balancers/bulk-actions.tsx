import { Button, FormGroup, TextInput, ToolbarGroup, ToolbarItem } from '@patternfly/react-core';
import { useState } from 'react';
import { update, type Update } from '../../api/client.ts';
import { useToast } from '../../components/toasts.tsx';
import type { ListedLoadBalancer } from '../../data/load-balancer-index.ts';
import { failuresOf } from '../../data/settle-all.ts';
import { ConfirmDialog } from '../../dialogs/confirm-dialog.tsx';
import { DeleteLoadBalancersDialog } from '../../dialogs/delete-load-balancers-dialog.tsx';
import { useT } from '../../i18n/i18n.tsx';

interface BulkActionsProps {
  readonly chosen: readonly ListedLoadBalancer[];
  readonly mayEdit: boolean;
  readonly mayDelete: boolean;
  readonly onDone: () => void;
}

/** What can be done with several load balancers at once. */
export function BulkActions({ chosen, mayEdit, mayDelete, onDone }: BulkActionsProps) {
  const t = useT();
  const say = useToast();
  const [open, setOpen] = useState<'delete' | 'tag' | null>(null);
  const [tag, setTag] = useState('');
  const isNone = chosen.length === 0;
  const change = async (bodyFor: (row: ListedLoadBalancer) => Update<'loadbalancer'>) => {
    const failures = await failuresOf(chosen, (row) => update('loadbalancer', row.id, bodyFor(row)));
    if (failures.length > 0) say({ variant: 'danger', title: t('state.failed'), detail: failures.slice(0, 5).join('; ') });
    else say({ variant: 'success', title: t('dialog.accepted') });
    onDone();
  };
  const addTag = async () => {
    const added = tag.trim();
    if (added === '') throw new Error(t('problem.required'));
    await change((row) => ({ tags: [...new Set([...row.tags, added])] }));
  };
  return (
    <ToolbarGroup variant="action-group">
      {chosen.length > 0 && <ToolbarItem alignSelf="center">{t('table.chosen', { count: chosen.length })}</ToolbarItem>}
      {mayEdit && !isNone && (
        <>
          <ToolbarItem><Button variant="secondary" onClick={() => void change(() => ({ admin_state_up: true }))}>{t('bulk.enable')}</Button></ToolbarItem>
          <ToolbarItem><Button variant="secondary" onClick={() => void change(() => ({ admin_state_up: false }))}>{t('bulk.disable')}</Button></ToolbarItem>
          <ToolbarItem><Button variant="secondary" onClick={() => setOpen('tag')}>{t('bulk.tag')}</Button></ToolbarItem>
        </>
      )}
      {mayDelete && !isNone && <ToolbarItem><Button variant="danger" onClick={() => setOpen('delete')}>{t('bulk.delete')}</Button></ToolbarItem>}
      {open === 'delete' && <DeleteLoadBalancersDialog objects={chosen} onClose={() => setOpen(null)} onDeleted={onDone} />}
      {open === 'tag' && (
        <ConfirmDialog title={t('bulk.tag')} confirm={t('action.add')} onClose={() => setOpen(null)} onConfirm={addTag}>
          <FormGroup label={t('filter.tag')} fieldId="bulk-tag"><TextInput id="bulk-tag" value={tag} maxLength={255} onChange={(_event, value) => setTag(value)} /></FormGroup>
          {t('bulk.tag-explained', { count: chosen.length })}
        </ConfirmDialog>
      )}
    </ToolbarGroup>
  );
}
