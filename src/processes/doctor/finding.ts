/** What one look of the doctor found. */
export interface Finding {
  /** `machine`, `certificates`, `network` ... */
  readonly area: string;
  readonly what: string;
  /** A note is only worth knowing. */
  readonly result: 'ok' | 'note' | 'failure';
  readonly detail: string;
  /** What to do; null when nothing has to be done. */
  readonly fix: string | null;
}

export const ok = (area: string, what: string, detail: string): Finding => ({ area, what, result: 'ok', detail, fix: null });
export const note = (area: string, what: string, detail: string, fix: string | null = null): Finding => ({ area, what, result: 'note', detail, fix });
export const failure = (area: string, what: string, detail: string, fix: string): Finding => ({ area, what, result: 'failure', detail, fix });

/** One line for each, and one more with the fix. */
export function renderFindings(findings: readonly Finding[]): string {
  const verdicts = { ok: 'ok  ', note: 'note', failure: 'FAIL' } as const;
  const failures = findings.filter(({ result }) => result === 'failure').length;
  const lines = findings.map(({ area, what, result, detail, fix }) => `${verdicts[result]} ${area}: ${what}: ${detail}${fix === null ? '' : `\n     fix: ${fix}`}\n`);
  return `${lines.join('')}${failures === 0 ? 'Nothing has to be repaired.' : `${failures} of ${findings.length} checks failed.`}\n`;
}
