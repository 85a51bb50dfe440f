import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { OctaviaError } from '../lib/errors.ts';
import { projectRoot, sandboxScript } from './project.ts';

interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface Suite {
  readonly name: string;
  readonly run: () => Promise<Tally>;
}

const bin = (name: string) => join(projectRoot, 'node_modules/.bin', name);

/** Checks that are programs: each counts as one test. */
const staticChecks: readonly (readonly [string, readonly string[]])[] = [
  [bin('tsc'), ['--noEmit', '-p', 'tsconfig.json']],
  [bin('oxlint'), ['--type-aware', '--deny-warnings', 'src', 'tests', 'bench']],
  [bin('depcruise'), ['--config', '.dependency-cruiser.cjs', 'src']],
];

/**
 * Runs the named suites (all without names) one after the other and prints the closing line `N passed, N failed`.
 * `lint` and `unit` need nothing; every folder below tests/ with test files is a suite that runs in a private world.
 * `*.long.test.ts` runs only when its suite is named, or with OCTAVIA_LONG_TESTS=1.
 * `suite/part` runs only those files of a suite whose name contains the part.
 */
export async function runTestSuites(names: readonly string[]): Promise<void> {
  const suites = [...allSuites(names.length === 0), ...names.filter((name) => name.includes('/')).flatMap(partOfSuite)];
  const unknown = names.filter((name) => !suites.some((suite) => suite.name === name));
  if (unknown.length > 0) {
    throw new OctaviaError('unknown-suite', `There is no suite ${unknown.join(', ')}; there are: ${suites.map((suite) => suite.name).join(', ')}.`);
  }
  let total: Tally = { passed: 0, failed: 0, skipped: 0 };
  for (const suite of suites.filter(({ name }) => (names.length === 0 ? !name.includes('/') : names.includes(name)))) {
    process.stdout.write(`\n== ${suite.name}\n`);
    const tally = await suite.run();
    process.stdout.write(`== ${suite.name}: ${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped\n`);
    total = add(total, tally);
  }
  process.stdout.write(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
  if (total.failed > 0 || total.passed === 0) process.exitCode = 1;
}

function allSuites(isAll: boolean): readonly Suite[] {
  const folders = readdirSync(join(projectRoot, 'tests'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && testFilesIn(`tests/${entry.name}`).length > 0)
    .map((entry) => entry.name)
    .sort();
  return [
    { name: 'lint', run: runStaticChecks },
    { name: 'unit', run: () => runVitest('vitest.config.ts', 'src', []) },
    ...folders.map((folder) => ({ name: folder, run: () => runInPrivateWorlds(`tests/${folder}`, (file) => !isAll || !isLong(file)) })),
  ];
}

/** Minutes each: run when their suite is named, or with OCTAVIA_LONG_TESTS=1. */
function isLong(file: string): boolean {
  return file.endsWith('.long.test.ts') && process.env['OCTAVIA_LONG_TESTS'] !== '1';
}

function partOfSuite(name: string): readonly Suite[] {
  const [folder = '', part = ''] = name.split('/', 2);
  const path = `tests/${folder}`;
  const known = existsSync(join(projectRoot, path)) && testFilesIn(path).some((file) => file.includes(part));
  return known ? [{ name, run: () => runInPrivateWorlds(path, (file) => file.includes(part)) }] : [];
}

function testFilesIn(folder: string): readonly string[] {
  return readdirSync(join(projectRoot, folder)).filter((name) => name.endsWith('.test.ts')).sort();
}

async function runStaticChecks(): Promise<Tally> {
  let tally: Tally = { passed: 0, failed: 0, skipped: 0 };
  for (const [command, args] of staticChecks) {
    const status = await runInherited(command, args);
    tally = add(tally, { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0 });
  }
  return tally;
}

/** A world for each file: servers and amphorae outlive the service, and the next file must not meet them. */
async function runInPrivateWorlds(folder: string, isWanted: (file: string) => boolean): Promise<Tally> {
  let tally: Tally = { passed: 0, failed: 0, skipped: 0 };
  for (const file of testFilesIn(folder).filter(isWanted)) {
    tally = add(tally, await runVitest('tests/vitest.config.ts', `${folder}/${file}`, [sandboxScript]));
  }
  return tally;
}

async function runVitest(config: string, folder: string, wrapper: readonly string[]): Promise<Tally> {
  const scratch = mkdtempSync(join(tmpdir(), 'octavia-test-'));
  const report = join(scratch, 'report.json');
  const vitest = [
    process.execPath, join(projectRoot, 'node_modules/vitest/vitest.mjs'), 'run', folder, '--config', config,
    '--reporter=default', '--reporter=json', `--outputFile.json=${report}`,
  ];
  const [command, ...args] = [...wrapper, ...vitest];
  try {
    const status = await runInherited(command ?? process.execPath, args);
    return readReport(report, status);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function readReport(file: string, status: number): Tally {
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0 };
  const report = JSON.parse(readFileSync(file, 'utf8')) as { numPassedTests: number; numFailedTests: number; numPendingTests: number; numTodoTests: number };
  // A run that fails outside any test (a suite that cannot load, an unhandled error) must not look green.
  const failed = report.numFailedTests === 0 && status !== 0 ? 1 : report.numFailedTests;
  return { passed: report.numPassedTests, failed, skipped: report.numPendingTests + report.numTodoTests };
}

function runInherited(command: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    // Tools are scripts that look for `node` on PATH: they must find the project's own.
    const env = { ...process.env, PATH: `${join(projectRoot, 'node_modules/.bin')}${delimiter}${process.env['PATH'] ?? ''}` };
    const child = spawn(command, [...args], { cwd: projectRoot, env, stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

function add(left: Tally, right: Tally): Tally {
  return { passed: left.passed + right.passed, failed: left.failed + right.failed, skipped: left.skipped + right.skipped };
}
