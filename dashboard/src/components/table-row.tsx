import { Td, Tr } from '@patternfly/react-table';
import { memo } from 'react';
import { useT } from '../i18n/i18n.tsx';
import type { Column } from './data-table.tsx';
import { RowMenu, type ActionItem } from './row-menu.tsx';

interface TableRowProps<T> {
  readonly row: T;
  readonly index: number;
  readonly columns: readonly Column<T>[];
  readonly name: string;
  /** True in long tables, whose rows come and go as they are scrolled. */
  readonly isLong: boolean;
  /** Null: rows cannot be chosen. */
  readonly isChosen: boolean | null;
  readonly onChoose: (row: T, isOn: boolean) => void;
  readonly actions: ((row: T) => readonly ActionItem[]) | undefined;
}

function PlainRow<T>({ row, index, columns, name, isLong, isChosen, onChoose, actions }: TableRowProps<T>) {
  const t = useT();
  const choice = isChosen !== null && <input type="checkbox" className="row-choice" aria-label={t('table.choose', { name })} checked={isChosen} onChange={(event) => onChoose(row, event.target.checked)} />;
  const menu = actions && <RowMenu label={t('action.actions', { name })} items={() => actions(row)} />;
  // Roles are said, for what is no table by its style is none to screen readers either.
  if (isLong) {
    return (
      <tr role="row" className={isChosen === true ? 'long-row long-row--chosen' : 'long-row'} aria-rowindex={index + 2}>
        {choice !== false && <td role="gridcell">{choice}</td>}
        {columns.map((column) => <td key={column.key} role="gridcell">{column.cell(row)}</td>)}
        {menu && <td role="gridcell">{menu}</td>}
      </tr>
    );
  }
  return (
    <Tr aria-rowindex={index + 2} {...(isChosen !== null && { isRowSelected: isChosen })}>
      {choice !== false && <Td className="pf-v6-c-table__check">{choice}</Td>}
      {columns.map((column) => <Td key={column.key} dataLabel={column.title} modifier="breakWord">{column.cell(row)}</Td>)}
      {menu && <Td isActionCell>{menu}</Td>}
    </Tr>
  );
}

/**
 * A row is drawn again only when what it shows has changed: give columns, actions and rows that stay the same between
 * renders, and thousands of rows scroll smoothly.
 */
// What `memo` makes of a generic component is one of unknown rows.
export const TableRow = memo(PlainRow) as typeof PlainRow;
