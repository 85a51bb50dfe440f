import { beforeEach, expect, it } from 'vitest';
import { createChangingRows } from '../../dashboard/src/data/changing-rows.ts';
import { oneAtATime } from '../../dashboard/src/data/one-at-a-time.ts';

type Row = { readonly id: string; readonly status: string };
const row = (id: string, status: string): Row => ({ id, status });
let shown: readonly Row[];
const rowsOf = () => {
  const rows = createChangingRows<Row>((now) => { shown = now; });
  rows.open();
  return rows;
};
const text = () => shown.map(({ id, status }) => `${id} ${status}`);
beforeEach(() => { shown = []; });

it('shows of a row what was asked for last, whichever answer comes first', () => {
  const rows = rowsOf();
  rows.askList().whole([row('a', 'PENDING_UPDATE'), row('b', 'ACTIVE')]);
  const [early, late] = [rows.askRows(), rows.askRows()];
  late([{ id: 'a', row: row('a', 'ACTIVE') }]);
  early([{ id: 'a', row: row('a', 'PENDING_UPDATE') }, { id: 'b', row: row('b', 'ERROR') }]);
  expect(text()).toEqual(['a ACTIVE', 'b ERROR']);
});

it('keeps what was read while a long list was on its way, rows that went and came included', () => {
  const rows = rowsOf();
  const list = rows.askList();
  const first = [row('a', 'PENDING_UPDATE'), row('b', 'ACTIVE')];
  list.page(first);
  rows.askRows()([{ id: 'a', row: row('a', 'ACTIVE') }, { id: 'b', row: null }, { id: 'new', row: row('new', 'ACTIVE') }]);
  list.page([...first, row('c', 'ACTIVE')]);
  list.whole([...first, row('c', 'ACTIVE')]);
  expect(text()).toEqual(['a ACTIVE', 'c ACTIVE', 'new ACTIVE']);
});

it('takes a list for newer than what was asked for before it', () => {
  const rows = rowsOf();
  const [single, old, list] = [rows.askRows(), rows.askList(), rows.askList()];
  list.whole([row('a', 'ACTIVE')]);
  single([{ id: 'a', row: row('a', 'PENDING_UPDATE') }]);
  old.page([row('a', 'PENDING_UPDATE'), row('b', 'ACTIVE')]);
  old.whole([row('a', 'PENDING_UPDATE'), row('b', 'ACTIVE')]);
  expect([text(), old.isCurrent(), list.isCurrent()]).toEqual([['a ACTIVE'], false, true]);
});

it('shows nothing of another project or region once it is left', () => {
  const rows = rowsOf();
  const [list, single] = [rows.askList(), rows.askRows()];
  rows.close();
  rowsOf().askList().whole([row('ours', 'ACTIVE')]);
  list.page([row('theirs', 'ACTIVE'), row('theirs too', 'ACTIVE')]);
  list.whole([row('theirs', 'ACTIVE')]);
  single([{ id: 'theirs', row: row('theirs', 'ACTIVE') }]);
  expect([text(), list.isCurrent()]).toEqual([['ours ACTIVE'], false]);
});

it('does what is asked for again and again until nobody has asked since it began', async () => {
  const ends: (() => void)[] = [];
  const work = oneAtATime(() => new Promise<void>((resolve) => ends.push(resolve)));
  const done = work();
  for (let asked = 0; asked < 5; asked += 1) await work();
  expect(ends.length).toBe(1);
  ends[0]?.();
  await expect.poll(() => ends.length).toBe(2);
  ends[1]?.();
  await done;
  void work();
  expect(ends.length).toBe(3);
});
