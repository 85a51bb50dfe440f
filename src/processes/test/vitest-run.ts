import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { projectRoot } from '../project.ts';
import { runCaptured, type Outcome } from './run-captured.ts';
import type { Failure, Tally } from './tally.ts';

const REASON_LINES = 12;

interface Report {
  readonly numPassedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string; readonly failureMessages?: readonly string[] }[];
  }[];
}

/**
 * Runs the test files below `path` with the given vitest configuration; `wrapper` is put before the command.
 * Returns what was printed besides the tally.
 */
export async function runVitest(config: string, path: string, wrapper: readonly string[]): Promise<Outcome & { readonly tally: Tally }> {
  const scratch = mkdtempSync(join(tmpdir(), 'octavia-test-'));
  const file = join(scratch, 'report.json');
  const vitest = [
    process.execPath, join(projectRoot, 'node_modules/vitest/vitest.mjs'), 'run', path, '--config', config,
    '--reporter=default', '--reporter=json', `--outputFile.json=${file}`,
  ];
  const [command = process.execPath, ...args] = [...wrapper, ...vitest];
  try {
    const outcome = await runCaptured(command, args);
    const report = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Report) : undefined;
    return { ...outcome, tally: tallyOf(report, path, outcome) };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The tally of a vitest report (undefined: none was written). A run that fails outside any test counts one failure. */
export function tallyOf(report: Report | undefined, path: string, { status, output }: Outcome): Tally {
  const failures = (report?.testResults ?? []).flatMap(({ name, status: fileStatus, message, assertionResults }): readonly Failure[] => {
    const file = relative(projectRoot, name);
    const failed = assertionResults.filter((test) => test.status === 'failed');
    if (failed.length === 0 && fileStatus === 'failed') return [{ name: file, reason: firstLines(message ?? '') }];
    return failed.map((test) => ({ name: `${file} > ${test.fullName}`, reason: firstLines(test.failureMessages?.join('\n') ?? '') }));
  });
  const outside = failures.length === 0 && (status !== 0 || !report) ? [{ name: path, reason: lastLines(output) }] : [];
  return {
    passed: report?.numPassedTests ?? 0,
    skipped: (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0),
    failures: [...failures, ...outside],
  };
}

function firstLines(text: string): string {
  return text.split('\n').slice(0, REASON_LINES).join('\n');
}

function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-REASON_LINES).join('\n');
}
