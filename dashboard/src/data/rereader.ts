import type { QueryClient, QueryKey } from '@tanstack/react-query';
import { oneAtATime } from './one-at-a-time.ts';

/**
 * Reads queries anew, for each key one time after the other: reading them anew takes the answer away that is on its way, so
 * with changes that follow each other faster than answers come none would ever be shown. What is read for the first time is
 * read once more: that answer may be older than the change.
 */
export function createRereader(client: Pick<QueryClient, 'invalidateQueries' | 'isFetching'>): (queryKey: QueryKey) => void {
  const known = new Map<string, () => Promise<void>>();
  return (queryKey) => {
    const name = JSON.stringify(queryKey);
    const reread = known.get(name) ?? oneAtATime(async () => {
      const isFirst = client.isFetching({ queryKey, predicate: ({ state }) => state.data === undefined }) > 0;
      await client.invalidateQueries({ queryKey });
      if (isFirst) await client.invalidateQueries({ queryKey });
    });
    known.set(name, reread);
    void reread();
  };
}

/** Reads anew what is on the screen and not being read: asked for again and again, slow answers still come to an end. */
export const rereadIdle = (client: Pick<QueryClient, 'invalidateQueries'>): Promise<void> => client.invalidateQueries({}, { cancelRefetch: false });
