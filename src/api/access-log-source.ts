/** What one amphora answered of its flow log. */
export interface AccessLogLines {
  /** Where the next call goes on: `<number>-<number>`. */
  readonly cursor: string;
  readonly lines: readonly string[];
  /** There were more; the oldest are left out. */
  readonly isCut: boolean;
  /** False when the amphora keeps no log files. */
  readonly isKept: boolean;
}

/** The way to the flow logs that amphorae keep. */
export interface AccessLogSource {
  /** Lines after the cursor, without one the newest. Null when this amphora's agent shows none; throws when it does not answer. */
  read(amphora: { readonly id: string; readonly address: string }, cursor: string | null): Promise<AccessLogLines | null>;
}
