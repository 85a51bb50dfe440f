import { jobsOf, type Job } from './suites.ts';
import { addTallies, describeTally, emptyTally, type Failure, type Tally } from './tally.ts';

/**
 * Runs the named suites (all without names) in the given number of lanes and prints the closing line `N passed, N failed, N skipped`.
 * Files on real services that failed are run once more, alone; a test that passes only then is named before the closing line.
 */
export async function runTestSuites(names: readonly string[], lanes: number): Promise<void> {
  const jobs = jobsOf(names);
  const results = new Map<Job, Tally>();
  const waiting = [...jobs];
  const lane = async (): Promise<void> => {
    for (let job = waiting.shift(); job; job = waiting.shift()) results.set(job, await runJob(job));
  };
  await Promise.all(Array.from({ length: lanes }, lane));

  const unsteady: Failure[] = [];
  for (const job of jobs) {
    const first = results.get(job) ?? emptyTally;
    if (!job.mayRepeat || first.failures.length === 0) continue;
    const second = await runJob(job, ', second attempt');
    results.set(job, second);
    unsteady.push(...first.failures.filter(({ name }) => !second.failures.some((failure) => failure.name === name)));
  }

  print('');
  for (const suite of new Set(jobs.map((job) => job.suite))) print(`== ${suite}: ${describeTally(sum(jobs.filter((job) => job.suite === suite), results))}`);
  const total = sum(jobs, results);
  printFailures('passed at the second attempt only', unsteady);
  printFailures('failed', total.failures);
  print(`\n${describeTally(total)}`);
  if (total.failures.length > 0 || total.passed === 0) process.exitCode = 1;
}

async function runJob(job: Job, remark = ''): Promise<Tally> {
  const started = performance.now();
  const { tally, output } = await job.run();
  const seconds = Math.round((performance.now() - started) / 1000);
  print(`\n== ${job.suite} ${job.name}${remark} (${seconds} s)\n${output.trimEnd()}`);
  return tally;
}

function sum(jobs: readonly Job[], results: ReadonlyMap<Job, Tally>): Tally {
  return jobs.map((job) => results.get(job) ?? emptyTally).reduce(addTallies, emptyTally);
}

function printFailures(heading: string, failures: readonly Failure[]): void {
  if (failures.length === 0) return;
  print(`\n== ${heading}`);
  for (const { name, reason } of failures) print(`- ${name}\n${reason.replace(/^/gm, '    ')}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
