import { Checkbox, Content, List, ListItem, Spinner } from '@patternfly/react-core';
import { useState } from 'react';
import { remove } from '../api/client.ts';
import { useLoadBalancer, useStatusTree, usePools } from '../data/objects.ts';
import { failuresOf } from '../data/settle-all.ts';
import { useToast } from '../components/toasts.tsx';
import { useT } from '../i18n/i18n.tsx';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { removeUnlessGone } from './remove-when-free.ts';

/** Objects that are named one by one. */
const SHOWN = 8;

interface DeleteLoadBalancersDialogProps {
  readonly objects: readonly { readonly id: string; readonly name: string }[];
  readonly onClose: () => void;
  readonly onDeleted?: () => void;
}

/** Deletes load balancers with what belongs to them, after saying what that is. */
export function DeleteLoadBalancersDialog({ objects, onClose, onDeleted }: DeleteLoadBalancersDialogProps) {
  const t = useT();
  const say = useToast();
  const [isCascade, setCascade] = useState(true);
  const confirm = async () => {
    const failed = await failuresOf(objects, ({ id }) => removeUnlessGone(() => remove('loadbalancer', id, { cascade: isCascade })));
    if (failed.length < objects.length) say({ variant: 'success', title: t('dialog.delete-accepted') });
    if (failed.length > 0) throw new Error(failed.slice(0, SHOWN).join('\n'));
    onDeleted?.();
  };
  return (
    <ConfirmDialog title={t('dialog.delete', { kind: t('kind.loadbalancer') })} confirm={t('action.delete')} isDanger onConfirm={confirm} onClose={onClose}>
      <Content component="p">{t('dialog.delete-lb-explained')}</Content>
      <List className="cascade-preview">{objects.slice(0, SHOWN).map(({ id, name }) => <ListItem key={id}><strong>{name === '' ? id : name}</strong>{isCascade && <Preview id={id} />}</ListItem>)}</List>
      {objects.length > SHOWN && <Content component="p">{t('dialog.and-more', { count: objects.length - SHOWN })}</Content>}
      <Checkbox id="delete-cascade" label={t('dialog.cascade')} description={t('dialog.cascade-explained')} isChecked={isCascade} onChange={(_event, isOn) => setCascade(isOn)} />
    </ConfirmDialog>
  );
}

/** What a cascade delete takes along. */
function Preview({ id }: { id: string }) {
  const t = useT();
  const tree = useStatusTree(id);
  const pools = usePools(id);
  const self = useLoadBalancer(id);
  if (tree.isLoading || pools.isLoading || self.isLoading) return <Spinner size="sm" aria-label={t('state.loading')} aria-valuetext={t('state.loading')} />;
  const listeners = tree.data?.listeners ?? [];
  const names = pools.data ?? [];
  const members = names.reduce((sum, pool) => sum + pool.members.length, 0);
  const monitors = names.filter((pool) => typeof pool.healthmonitor_id === 'string').length;
  if (listeners.length === 0 && names.length === 0) return <div className="subtle">{t('dialog.nothing-below')}</div>;
  return (
    <List isPlain className="subtle">
      {listeners.map((listener) => <ListItem key={listener.id}>{t('kind.listener')} {listener.name === '' ? listener.id : listener.name}</ListItem>)}
      {names.map((pool) => <ListItem key={pool.id}>{t('kind.pool')} {pool.name === '' ? pool.id : pool.name}</ListItem>)}
      <ListItem>{t('dialog.also', { members, monitors })}</ListItem>
    </List>
  );
}
