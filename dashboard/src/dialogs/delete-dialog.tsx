import { Content, List, ListItem } from '@patternfly/react-core';
import { remove } from '../api/client.ts';
import { staleAfter, useSend } from '../data/objects.ts';
import type { FormKind } from '../forms/layout.ts';
import { useT } from '../i18n/i18n.tsx';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { removeWhenFree } from './remove-when-free.ts';

interface DeleteDialogProps {
  readonly kind: FormKind;
  readonly objects: readonly { readonly id: string; readonly name: string }[];
  /** Null for what belongs to no load balancer. */
  readonly loadBalancerId: string | null;
  readonly parent?: string;
  readonly onClose: () => void;
  readonly onDeleted?: () => void;
}

/** Above this many names the rest is a number. */
const NAMED = 10;

/** Deletes one or more objects, one after the other: a load balancer takes one change at a time. */
export function DeleteDialog({ kind, objects, loadBalancerId, parent, onClose, onDeleted }: DeleteDialogProps) {
  const t = useT();
  const send = useSend();
  const confirm = async () => {
    for (const { id } of objects) await removeWhenFree(() => remove(kind, id, parent === undefined ? {} : { parent }));
    await send(() => Promise.resolve(), loadBalancerId === null ? { stale: staleAfter(kind), accepted: t('dialog.deleted') } : { loadBalancerId, accepted: t('dialog.delete-accepted') });
    onDeleted?.();
  };
  return (
    <ConfirmDialog title={t('dialog.delete', { kind: t(`kind.${kind}`) })} confirm={t('action.delete')} isDanger onConfirm={confirm} onClose={onClose}>
      <Content component="p">{t('dialog.delete-explained')}</Content>
      <List>
        {objects.slice(0, NAMED).map(({ id, name }) => <ListItem key={id}>{name === '' ? id : name}</ListItem>)}
        {objects.length > NAMED && <ListItem>{t('dialog.and-more', { count: objects.length - NAMED })}</ListItem>}
      </List>
    </ConfirmDialog>
  );
}
