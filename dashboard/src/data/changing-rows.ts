interface Row {
  readonly id: string;
}

/** One row that was read by itself. */
export interface Fresh<T> {
  readonly id: string;
  /** Null when it is gone. */
  readonly row: T | null;
}

/** Where the answer of a list goes. */
interface ListAnswer<T> {
  readonly page: (soFar: readonly T[]) => void;
  readonly whole: (all: readonly T[]) => void;
  /** False when nobody looks any more, or at a list that was asked for later. */
  readonly isCurrent: () => boolean;
}

/**
 * The rows of a list that is read page by page while single rows of it are read anew. Answers may come in any order: of each
 * row the one that was asked for last is shown.
 */
export function createChangingRows<T extends Row>(show: (rows: readonly T[]) => void) {
  let shown: readonly T[] = [];
  let asked = 0;
  /** Answers to what was asked no later than this are older than what is shown. */
  let settled = 0;
  let isOpen = false;
  const single = new Map<string, { readonly asked: number; readonly row: T | null }>();
  const put = (rows: readonly T[]) => {
    shown = rows;
    show(rows);
  };
  const withNewer = (rows: readonly T[], than: number) => withRows(rows, new Map([...single].filter(([, one]) => one.asked > than).map(([id, { row }]) => [id, row])));
  return {
    /** Begins without rows. */
    open() {
      isOpen = true;
      put([]);
    },
    /** Nobody looks any more: answers that are still on their way go nowhere. */
    close: () => {
      isOpen = false;
    },
    askList(): ListAnswer<T> {
      const mine = (asked += 1);
      const isCurrent = () => isOpen && mine >= settled;
      return {
        isCurrent,
        page: (soFar) => isCurrent() && shown.length <= soFar.length && put(withNewer(soFar, mine)),
        whole(all) {
          if (!isCurrent()) return;
          put(withNewer(all, mine));
          settled = mine;
          for (const [id, one] of single) if (one.asked <= mine) single.delete(id);
        },
      };
    },
    askRows(): (fresh: readonly Fresh<T>[]) => void {
      const mine = (asked += 1);
      return (fresh) => {
        if (!isOpen) return;
        const newest = fresh.filter(({ id }) => mine > Math.max(settled, single.get(id)?.asked ?? 0));
        for (const { id, row } of newest) single.set(id, { asked: mine, row });
        put(withRows(shown, new Map(newest.map(({ id, row }) => [id, row]))));
      };
    },
  };
}

export type ChangingRows<T extends Row> = ReturnType<typeof createChangingRows<T>>;

/** Rows replaced, taken out or added. */
function withRows<T extends Row>(rows: readonly T[], news: ReadonlyMap<string, T | null>): readonly T[] {
  const added = new Map(news);
  const kept = rows.flatMap((row) => {
    const now = added.get(row.id);
    added.delete(row.id);
    return now === undefined ? [row] : now === null ? [] : [now];
  });
  return [...kept, ...[...added.values()].filter((row) => row !== null)];
}
