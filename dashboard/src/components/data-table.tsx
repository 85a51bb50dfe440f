import { Checkbox } from '@patternfly/react-core';
import { ActionsColumn, Table, Tbody, Td, Th, Thead, Tr, type IAction } from '@patternfly/react-table';
import { memo, useCallback, useEffect, useId, useMemo, useRef, type ReactNode } from 'react';
import { useT } from '../i18n/i18n.tsx';
import { useQueryState } from '../router/router.tsx';
import { useVisibleRows } from './visible-rows.ts';

export interface Column<T> {
  readonly key: string;
  readonly title: string;
  readonly cell: (row: T) => ReactNode;
  /** What to sort by; without it the column is not sortable. */
  readonly sortBy?: (row: T) => string | number;
  /** The narrow columns of wide tables. */
  readonly width?: 10 | 15 | 20 | 25 | 30 | 35 | 40;
}

interface DataTableProps<T> {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly idOf: (row: T) => string;
  readonly nameOf: (row: T) => string;
  /** Absent: rows cannot be chosen. */
  readonly selection?: { readonly chosen: ReadonlySet<string>; readonly choose: (chosen: ReadonlySet<string>) => void };
  readonly actions?: (row: T) => IAction[];
  /** Name of the address parameter that keeps the order. */
  readonly sortParameter?: string;
}

/** Above this many rows only those on the screen are in the page. */
const ALL_AT_ONCE = 60;
const ROW_HEIGHT = 44;

/**
 * A row is drawn again only when what it shows has changed: give `columns`, `actions` and rows that stay the same between
 * renders, and thousands of rows scroll smoothly.
 */
interface RowProps<T> {
  readonly row: T;
  readonly index: number;
  readonly columns: readonly Column<T>[];
  readonly name: string;
  readonly isWindowed: boolean;
  /** Null: rows cannot be chosen. */
  readonly isChosen: boolean | null;
  readonly onChoose: (row: T, isOn: boolean) => void;
  readonly actions: ((row: T) => IAction[]) | undefined;
}

function PlainRow<T>({ row, index, columns, name, isWindowed, isChosen, onChoose, actions }: RowProps<T>) {
  const t = useT();
  const id = useId();
  return (
    <Tr aria-rowindex={index + 2} {...(isChosen !== null && { isRowSelected: isChosen })}>
      {isChosen !== null && <Td className="pf-v6-c-table__check"><Checkbox id={`${id}-${index}`} aria-label={t('table.choose', { name })} isChecked={isChosen} onChange={(_event, isOn) => onChoose(row, isOn)} /></Td>}
      {columns.map((column) => <Td key={column.key} dataLabel={column.title} modifier={isWindowed ? 'truncate' : 'breakWord'}>{column.cell(row)}</Td>)}
      {actions && <Td isActionCell><ActionsColumn items={actions(row)} popperProps={{ appendTo: () => document.body }} aria-label={t('action.actions', { name })} /></Td>}
    </Tr>
  );
}

// What `memo` makes of a generic component is one of unknown rows.
const Row = memo(PlainRow) as typeof PlainRow;

/** A table with sorting, selection and row actions that stays smooth with thousands of rows. */
export function DataTable<T>({ label, columns, rows, idOf, nameOf, selection, actions, sortParameter = 'sort' }: DataTableProps<T>) {
  const t = useT();
  const id = useId();
  const [sort, setSort] = useQueryState(sortParameter);
  const sorted = useMemo(() => sortRows(rows, columns, sort), [rows, columns, sort]);
  const scroller = useRef<HTMLDivElement>(null);
  const isWindowed = sorted.length > ALL_AT_ONCE;
  const { first, last } = useVisibleRows(scroller, { count: sorted.length, rowHeight: ROW_HEIGHT, isOn: isWindowed });
  const [sortKey, direction] = sort.split(':');
  const latest = useRef({ selection, idOf });
  useEffect(() => {
    latest.current = { selection, idOf };
  });
  const onChoose = useCallback((row: T, isOn: boolean) => {
    const { selection: current, idOf: nowIdOf } = latest.current;
    current?.choose(toggled(current.chosen, nowIdOf(row), isOn));
  }, []);
  const width = columns.length + (selection ? 1 : 0) + (actions ? 1 : 0);
  return (
    <div ref={scroller} className={isWindowed ? 'table-scroller table-scroller--windowed' : 'table-scroller'} {...(isWindowed && { tabIndex: 0, role: 'region', 'aria-label': label })}>
      <Table aria-label={label} variant="compact" isStickyHeader aria-rowcount={sorted.length + 1}>
        <Thead>
          <Tr>
            {selection && (
              <Th className="pf-v6-c-table__check">
                <Checkbox id={`${id}-all`} aria-label={t('table.choose-all')} isChecked={sorted.length > 0 && sorted.every((row) => selection.chosen.has(idOf(row)))} onChange={(_event, isOn) => selection.choose(isOn ? new Set(sorted.map(idOf)) : new Set())} />
              </Th>
            )}
            {columns.map((column, index) => (
              <Th
                key={column.key} modifier="wrap" {...(column.width !== undefined && { width: column.width })}
                {...(column.sortBy && {
                  sort: {
                    columnIndex: index, sortBy: { index: columns.findIndex(({ key }) => key === sortKey), direction: direction === 'desc' ? 'desc' : 'asc' },
                    onSort: (_event: unknown, _index: number, chosen: string) => setSort(`${column.key}:${chosen}`),
                  },
                })}
              >
                {column.title}
              </Th>
            ))}
            {actions && <Th screenReaderText={t('table.actions')} />}
          </Tr>
        </Thead>
        <Tbody>
          {first > 0 && <Spacer rows={first} columns={width} />}
          {sorted.slice(first, last).map((row, index) => (
            <Row key={idOf(row)} {...{ row, columns, isWindowed, actions }} index={first + index} name={nameOf(row)} isChosen={selection ? selection.chosen.has(idOf(row)) : null} onChoose={onChoose} />
          ))}
          {last < sorted.length && <Spacer rows={sorted.length - last} columns={width} />}
        </Tbody>
      </Table>
    </div>
  );
}

/** The place of rows that are not in the page. */
function Spacer({ rows, columns }: { rows: number; columns: number }) {
  return <tr aria-hidden="true" style={{ height: rows * ROW_HEIGHT }}><td colSpan={columns} /></tr>;
}

function sortRows<T>(rows: readonly T[], columns: readonly Column<T>[], sort: string): readonly T[] {
  const [key, direction] = sort.split(':');
  const by = columns.find((column) => column.key === key)?.sortBy;
  if (by === undefined) return rows;
  const factor = direction === 'desc' ? -1 : 1;
  return rows.toSorted((a, b) => factor * compare(by(a), by(b)));
}

const collator = new Intl.Collator(undefined, { numeric: true });

function compare(a: string | number, b: string | number): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(String(a), String(b));
}

function toggled(chosen: ReadonlySet<string>, id: string, isOn: boolean): ReadonlySet<string> {
  const next = new Set(chosen);
  if (isOn) next.add(id);
  else next.delete(id);
  return next;
}
