import type { ProcessIdentity } from '../../lib/linux/process-look.ts';
import type { Collection, RecordStore } from '../../lib/records/record-store.ts';

/** A namespace that plays a virtual machine. */
export interface ServerRecord {
  readonly id: string;
  readonly name: string;
  readonly projectId: string | null;
  readonly userId: string | null;
  readonly networkId: string;
  readonly portId: string;
  /** What it runs: the built-in web server with this text, or a command. */
  readonly runs: { readonly kind: 'web'; readonly text: string } | { readonly kind: 'command'; readonly command: readonly string[] };
  readonly process: ProcessIdentity | null;
  readonly createdAt: string;
}

export function openServerRecords(store: RecordStore): Collection<ServerRecord> {
  return store.collection('server');
}

export function serverNetns(name: string): string {
  return `server-${name}`;
}
