import type { Collection, RecordStore } from '../../lib/records/record-store.ts';

/** Who may read besides the project (Barbican's ACL, operation `read`). */
export interface ReadAcl { readonly projectAccess: boolean; readonly users: readonly string[] }

export interface SecretRecord {
  readonly id: string;
  readonly projectId: string | null;
  readonly creatorId: string;
  readonly name: string | null;
  readonly secretType: string;
  readonly algorithm: string | null;
  readonly mode: string | null;
  readonly bitLength: number | null;
  readonly expiration: string | null;
  /** Null until a two-step store delivers it. `base64` is the payload's bytes. */
  readonly payload: { readonly contentType: string; readonly base64: string } | null;
  readonly acl: ReadAcl;
  /** What users noted about it. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface Consumer { readonly name: string; readonly url: string }

export interface ContainerRecord {
  readonly id: string;
  readonly projectId: string | null;
  readonly creatorId: string;
  readonly name: string | null;
  readonly type: 'certificate' | 'rsa' | 'generic';
  readonly secrets: readonly { readonly name: string | null; readonly secretId: string }[];
  readonly consumers: readonly Consumer[];
  readonly acl: ReadAcl;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface KeyRecords {
  readonly store: RecordStore;
  readonly secrets: Collection<SecretRecord>;
  readonly containers: Collection<ContainerRecord>;
}

export function openKeyRecords(store: RecordStore): KeyRecords {
  return { store, secrets: store.collection('secret'), containers: store.collection('secret_container') };
}

export const OPEN_ACL: ReadAcl = { projectAccess: true, users: [] };

/** Barbican's spelling of a time. */
export function keyTimestamp(epochMs = Date.now()): string {
  return new Date(epochMs).toISOString().slice(0, 19);
}

/** Milliseconds since the epoch of an ISO 8601 time, which is UTC when it names no zone; null for any other text. */
export function parseKeyTime(text: string): number | null {
  const [, date, time = '00:00', zone = 'Z'] = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?)?$/i.exec(text) ?? [];
  const parsed = date === undefined ? Number.NaN : Date.parse(`${date}T${time}${zone}`);
  return Number.isNaN(parsed) ? null : parsed;
}

/** Nobody gets it any more; deleting it is all that can be done. */
export function isExpired(secret: SecretRecord, nowMs: number): boolean {
  return secret.expiration !== null && (parseKeyTime(secret.expiration) ?? Infinity) <= nowMs;
}

/** The id at the end of a secret or container reference; null when there is none. */
export function idOfRef(ref: string): string | null {
  return /\/?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\/?$/i.exec(ref)?.[1]?.toLowerCase() ?? null;
}
