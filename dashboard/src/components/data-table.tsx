import { Table, Tbody, Th, Thead, Tr } from '@patternfly/react-table';
import { useCallback, useEffect, useMemo, useRef, type CSSProperties, type ReactNode } from 'react';
import { useT } from '../i18n/i18n.tsx';
import { useQueryState } from '../router/router.tsx';
import type { ActionItem } from './row-menu.tsx';
import { TableRow } from './table-row.tsx';
import { useVisibleRows } from './visible-rows.ts';

export interface Column<T> {
  readonly key: string;
  readonly title: string;
  readonly cell: (row: T) => ReactNode;
  /** What to sort by; without it the column is not sortable. */
  readonly sortBy?: (row: T) => string | number;
  /** The narrow columns of wide tables. */
  readonly width?: 10 | 15 | 20 | 25 | 30 | 35 | 40;
  /** Its part of the width of a long table. @default width, or 10 */
  readonly share?: number;
}

interface DataTableProps<T> {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly idOf: (row: T) => string;
  readonly nameOf: (row: T) => string;
  /** Absent: rows cannot be chosen. */
  readonly selection?: { readonly chosen: ReadonlySet<string>; readonly choose: (chosen: ReadonlySet<string>) => void };
  readonly actions?: (row: T) => readonly ActionItem[];
  /** Name of the address parameter that keeps the order. */
  readonly sortParameter?: string;
}

/** Above this many rows only those on the screen are in the page. */
const ALL_AT_ONCE = 60;
const ROW_HEIGHT = 44;
/** What a column of a long table needs at least; on narrow screens such tables scroll sideways. */
const COLUMN_REM = 8;

/** A table with sorting, selection and row actions that stays smooth with thousands of rows. */
export function DataTable<T>({ label, columns, rows, idOf, nameOf, selection, actions, sortParameter = 'sort' }: DataTableProps<T>) {
  const t = useT();
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
  const isAllChosen = selection !== undefined && sorted.length > 0 && sorted.every((row) => selection.chosen.has(idOf(row)));
  return (
    <div ref={scroller} className={isWindowed ? 'table-scroller table-scroller--windowed' : 'table-scroller'} {...(isWindowed && { tabIndex: 0, role: 'region', 'aria-label': label })}>
      <Table aria-label={label} variant="compact" isStickyHeader={!isWindowed} aria-rowcount={sorted.length + 1} {...(isWindowed && { gridBreakPoint: '' as const, style: longStyle(columns, { hasChoice: selection !== undefined, hasActions: actions !== undefined }) })}>
        <Thead role="rowgroup">
          <Tr role="row">
            {selection && (
              <Th role="columnheader" {...(!isWindowed && { className: 'pf-v6-c-table__check' })}>
                <input type="checkbox" className="row-choice" aria-label={t('table.choose-all')} checked={isAllChosen} onChange={(event) => selection.choose(event.target.checked ? new Set(sorted.map(idOf)) : new Set())} />
              </Th>
            )}
            {columns.map((column, index) => (
              <Th
                key={column.key} role="columnheader" modifier="wrap" {...(column.width !== undefined && { width: column.width })}
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
            {actions && <Th role="columnheader" screenReaderText={t('table.actions')} />}
          </Tr>
        </Thead>
        <Tbody role="rowgroup">
          {first > 0 && <Spacer rows={first} />}
          {sorted.slice(first, last).map((row, index) => (
            <TableRow key={idOf(row)} {...{ row, columns, actions }} isLong={isWindowed} index={first + index} name={nameOf(row)} isChosen={selection ? selection.chosen.has(idOf(row)) : null} onChoose={onChoose} />
          ))}
          {last < sorted.length && <Spacer rows={sorted.length - last} />}
        </Tbody>
      </Table>
    </div>
  );
}

/** The place of rows that are not in the page; only long tables have it. */
function Spacer({ rows }: { rows: number }) {
  return <tr aria-hidden="true" style={{ display: 'block', blockSize: rows * ROW_HEIGHT }} />;
}

/** Columns of a long table share its width by their own: what is in them does not count, so nothing moves while it scrolls. */
function longStyle<T>(columns: readonly Column<T>[], { hasChoice, hasActions }: { hasChoice: boolean; hasActions: boolean }): CSSProperties {
  const widths = columns.map(({ width = 10, share = width }) => `minmax(0, ${share}fr)`);
  const tracks = [...(hasChoice ? ['3.5rem'] : []), ...widths, ...(hasActions ? ['4.5rem'] : [])];
  return { minInlineSize: `${columns.length * COLUMN_REM}rem`, ['--columns' as string]: tracks.join(' ') };
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
