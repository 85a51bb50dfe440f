/** How one result column differs from what rows shall carry. */
export type ColumnDecoder = (value: unknown) => unknown;

/** Changes rows in place. Only the columns that need it are touched, so plain text columns cost nothing. */
export function decodeRows(rows: readonly unknown[], decoders: readonly (readonly [string, ColumnDecoder])[]): void {
  if (decoders.length === 0) return;
  for (const row of rows as Record<string, unknown>[]) {
    for (const [name, decode] of decoders) {
      const value = row[name];
      if (value !== null) row[name] = decode(value);
    }
  }
}

export const toBoolean: ColumnDecoder = (value) => value === 1 || value === 1n || value === true;
export const toBigInt: ColumnDecoder = (value) => (typeof value === 'number' || typeof value === 'string' ? BigInt(value) : value);
/** Counts and sums: number while exact, bigint beyond. */
export const toSmallestInteger: ColumnDecoder = (value) => {
  if (typeof value === 'string' && /^-?\d+$/.test(value)) return toSmallestInteger(BigInt(value));
  if (typeof value === 'string') return Number(value);
  return typeof value === 'bigint' && value >= -MAX && value <= MAX ? Number(value) : value;
};
/** Drops fractions of seconds, which other writers may have stored. */
export const toSeconds: ColumnDecoder = (value) => (typeof value === 'string' && value.length > 19 ? value.slice(0, 19) : value);

const MAX = BigInt(Number.MAX_SAFE_INTEGER);
