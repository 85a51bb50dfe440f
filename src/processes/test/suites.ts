import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { OctaviaError } from '../../lib/errors.ts';
import { projectRoot, sandboxScript } from '../project.ts';
import { runCaptured, type Outcome } from './run-captured.ts';
import type { Tally } from './tally.ts';
import { runVitest } from './vitest-run.ts';

/** One program to run: a static check, the unit tests, or one file of a suite that crosses rooms. */
export interface Job {
  readonly suite: string;
  readonly name: string;
  /** True for what runs on real services and clocks: a second attempt on a quiet machine tells a defect from a busy moment. */
  readonly mayRepeat: boolean;
  readonly run: () => Promise<Outcome & { readonly tally: Tally }>;
}

const bin = (name: string) => join(projectRoot, 'node_modules/.bin', name);

/** Checks that are programs: each counts as one test. */
const staticChecks: readonly (readonly [name: string, command: string, args: readonly string[]])[] = [
  ['types', bin('tsc'), ['--noEmit', '-p', 'tsconfig.json']],
  ['oxlint', bin('oxlint'), ['--type-aware', '--deny-warnings', 'src', 'tests', 'bench']],
  ['rooms', bin('depcruise'), ['--config', '.dependency-cruiser.cjs', 'src']],
];

/**
 * The jobs of the named suites; of all, without their `*.long.test.ts`, when none is named.
 * `lint` and `unit` need nothing; every folder below tests/ with test files is a suite whose files run in private worlds.
 * `suite/part` means only those files of a suite whose name contains the part.
 * @throws OctaviaError `unknown-suite`
 */
export function jobsOf(names: readonly string[]): readonly Job[] {
  const folders = readdirSync(join(projectRoot, 'tests'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && testFilesIn(entry.name).length > 0)
    .map((entry) => entry.name)
    .sort();
  const all = ['lint', 'unit', ...folders];
  const unknown = names.filter((name) => jobsOfSuite(name).length === 0);
  if (unknown.length > 0) throw new OctaviaError('unknown-suite', `There is no suite ${unknown.join(', ')}; there are: ${all.join(', ')}.`);
  if (names.length > 0) return names.flatMap(jobsOfSuite);
  return all.flatMap(jobsOfSuite).filter((job) => !isLong(job.name));
}

function jobsOfSuite(suite: string): readonly Job[] {
  if (suite === 'lint') return staticChecks.map(([name, command, args]) => ({ suite, name, mayRepeat: false, run: () => runCheck(name, command, args) }));
  if (suite === 'unit') return [{ suite, name: 'src', mayRepeat: false, run: () => runVitest('vitest.config.ts', 'src', []) }];
  const [folder = '', part = ''] = suite.split('/', 2);
  return testFilesIn(folder)
    .filter((file) => file.includes(part))
    // Servers and amphorae outlive the service: each file gets a world of its own.
    .map((file) => ({ suite: folder, name: file, mayRepeat: true, run: () => runVitest('tests/vitest.config.ts', `tests/${folder}/${file}`, [sandboxScript]) }));
}

/** Minutes each: run when their suite is named, or with OCTAVIA_LONG_TESTS=1. */
function isLong(file: string): boolean {
  return file.endsWith('.long.test.ts') && process.env['OCTAVIA_LONG_TESTS'] !== '1';
}

function testFilesIn(folder: string): readonly string[] {
  const path = join(projectRoot, 'tests', folder);
  if (!existsSync(path) || !statSync(path).isDirectory()) return [];
  return readdirSync(path).filter((name) => name.endsWith('.test.ts')).sort();
}

async function runCheck(name: string, command: string, args: readonly string[]): Promise<Outcome & { readonly tally: Tally }> {
  const outcome = await runCaptured(command, args);
  const tally = outcome.status === 0 ? { passed: 1, skipped: 0, failures: [] } : { passed: 0, skipped: 0, failures: [{ name, reason: outcome.output.trimEnd() }] };
  return { ...outcome, tally };
}
