import { Button, Toolbar, ToolbarContent, ToolbarItem } from '@patternfly/react-core';
import { useState, type ReactNode } from 'react';
import { DataTable, type Column } from '../../components/data-table.tsx';
import { Empty, Failure, LoadingPage } from '../../components/states.tsx';
import { DeleteDialog } from '../../dialogs/delete-dialog.tsx';
import { ObjectDialog, type ObjectDialogProps } from '../../dialogs/object-dialog.tsx';
import type { FormKind } from '../../forms/layout.ts';
import { objectName } from '../../format/object-name.ts';
import { useT } from '../../i18n/i18n.tsx';
import { useSession } from '../../session/session.tsx';

interface Child {
  readonly id: string;
  readonly name?: string;
}

interface ChildTableProps<T extends Child> {
  readonly kind: Exclude<FormKind, 'loadbalancer' | 'quota'>;
  readonly query: { readonly data: readonly T[] | undefined; readonly isLoading: boolean; readonly error: unknown; readonly refetch: () => unknown };
  readonly columns: readonly Column<NoInfer<T>>[];
  /** Null for what belongs to no load balancer. */
  readonly loadBalancerId: string | null;
  readonly parent?: string;
  readonly fixed?: ObjectDialogProps['fixed'];
  readonly around?: ObjectDialogProps['around'];
  /** Name of the address parameter that keeps the order, where a page has several tables. */
  readonly sortParameter?: string;
  /** Further buttons above the table. */
  readonly buttons?: ReactNode;
}

/** Name under which policy knows a kind. */
const POLICY_NAMES: Readonly<Record<string, string>> = { rule: 'l7rule', flavorprofile: 'flavor-profile', availability_zone: 'availability-zone', availability_zone_profile: 'availability-zone-profile' };

/** Children of one kind: create, edit, delete one or several. */
export function ChildTable<T extends Child>({ kind, query, columns, loadBalancerId, parent, fixed, around, buttons, sortParameter }: ChildTableProps<T>) {
  const t = useT();
  const { may } = useSession();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [edited, setEdited] = useState<T | 'new' | null>(null);
  const [doomed, setDoomed] = useState<readonly T[]>([]);
  const policy = POLICY_NAMES[kind] ?? kind;
  const mayCreate = may(`${policy}:post`);
  const mayEdit = may(`${policy}:put`);
  const mayDelete = may(`${policy}:delete`);
  if (query.isLoading) return <LoadingPage />;
  if (query.data === undefined) return <Failure error={query.error} retry={() => void query.refetch()} />;
  const rows = query.data;
  const create = mayCreate ? <Button onClick={() => setEdited('new')}>{t('dialog.create', { kind: t(`kind.${kind}`) })}</Button> : undefined;
  const common = { kind, loadBalancerId, ...(parent !== undefined && { parent }) };
  return (
    <>
      {rows.length === 0 ? <Empty title={t(`empty.${kind}`)} body={t(`empty.${kind}-explained`)} actions={<>{create}{buttons}</>} /> : (
        <>
          <Toolbar>
            <ToolbarContent>
              {create !== undefined && <ToolbarItem>{create}</ToolbarItem>}
              {buttons !== undefined && <ToolbarItem>{buttons}</ToolbarItem>}
              {mayDelete && chosen.size > 0 && <ToolbarItem><Button variant="danger" onClick={() => setDoomed(rows.filter((row) => chosen.has(row.id)))}>{t('bulk.delete')} ({rows.filter((row) => chosen.has(row.id)).length})</Button></ToolbarItem>}
            </ToolbarContent>
          </Toolbar>
          <DataTable
            label={t(`kind.${kind}`)} columns={columns} rows={rows} idOf={(row) => row.id} nameOf={(row) => objectName(row.id, row.name)}
            {...(sortParameter !== undefined && { sortParameter })}
            {...(mayDelete && { selection: { chosen, choose: setChosen } })}
            {...((mayEdit || mayDelete) && {
              actions: (row: T) => [
                ...(mayEdit ? [{ title: t('action.edit'), onClick: () => setEdited(row) }] : []),
                ...(mayDelete ? [{ title: t('action.delete'), isDanger: true, onClick: () => setDoomed([row]) }] : []),
              ],
            })}
          />
        </>
      )}
      {edited !== null && (
        <ObjectDialog
          {...common} {...(around !== undefined && { around })} onClose={() => setEdited(null)}
          {...(edited === 'new' ? (fixed !== undefined && { fixed }) : { shown: edited })}
        />
      )}
      {doomed.length > 0 && <DeleteDialog {...common} objects={doomed.map((row) => ({ id: row.id, name: row.name ?? row.id }))} onClose={() => setDoomed([])} onDeleted={() => setChosen(new Set())} />}
    </>
  );
}
