import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { OctaviaError } from '../../lib/errors.ts';
import { run } from '../../lib/run.ts';
import { projectRoot } from '../project.ts';
import { withScratch } from '../with-scratch.ts';
import { buildAgent } from './build-agent.ts';
import { describeBuiltImage } from './image-description.ts';
import { sourceDate } from './source-date.ts';

export interface ImageOptions {
  readonly output: string;
  readonly format: 'qcow2' | 'raw';
  /** Of the virtual disk; the root file system grows to whatever disk a flavor gives it. */
  readonly sizeMib: number;
  /** Debian package of the kernel. */
  readonly kernel: string;
  readonly hasSsh: boolean;
  readonly suite: string;
  /** Debian mirror; null takes the sources of this machine. */
  readonly mirror: string | null;
}

const SCRIPT = join(projectRoot, 'deploy/amphora-image/build-disk.sh');
/** Debian, kernel, agent and room for logs. */
const SMALLEST_MIB = 900;

/**
 * `octavia image build`: a bootable disk with Debian, haproxy, keepalived and our agent. Only Debian packages are fetched; the
 * same packages and sources give the same bytes. `<output>.json` beside it says which properties it is to have in Glance. Throws when this is not root or a program fails.
 */
export async function buildImage(options: ImageOptions): Promise<void> {
  if (process.getuid?.() !== 0) throw new OctaviaError('not-root', 'Only root can make an image: Debian packages are installed into it.');
  if (options.sizeMib < SMALLEST_MIB) throw new OctaviaError('image-too-small', `An image needs ${SMALLEST_MIB} MiB at least.`);
  if (process.arch !== 'x64') throw new OctaviaError('unknown-architecture', `Images are made for amd64 only, this machine is ${process.arch}.`);
  const target = resolve(options.output);
  // Known before the minutes that a build takes.
  if (existsSync(target) && statSync(target).isDirectory()) throw new OctaviaError('output-is-directory', `${target} is a directory: name the file of the image with --output.`);
  await mkdir(dirname(target), { recursive: true });
  const unfinished = `${target}.unfinished`;
  await withScratch('octavia-image-', async (scratch, signal) => {
    try {
      const agent = join(scratch, 'agent');
      const raw = options.format === 'raw' ? unfinished : join(scratch, 'disk.raw');
      await buildAgent(agent);
      await makeDisk(agent, raw, options, signal);
      // One worker: several would write clusters in the order in which they finish.
      if (options.format === 'qcow2') await run('qemu-img', ['convert', '-m', '1', '-c', '-O', 'qcow2', raw, unfinished], { timeoutMs: 1_800_000, signal });
      await rename(unfinished, target);
      // Afterwards: until then the description of a former image there does not fit, and is ignored.
      await describeBuiltImage(target);
      process.stdout.write(`${target}\n`);
    } finally {
      await rm(unfinished, { force: true });
    }
  });
}

async function makeDisk(agent: string, output: string, options: ImageOptions, signal: AbortSignal): Promise<void> {
  const env = {
    ...process.env, AGENT: agent, OUTPUT: output, SIZE_MIB: String(options.sizeMib), KERNEL: options.kernel, WITH_SSH: options.hasSsh ? 'yes' : 'no',
    SUITE: options.suite, MIRROR: options.mirror ?? '', SOURCE_DATE_EPOCH: String(await sourceDate()),
  };
  signal.throwIfAborted();
  const child = spawn(SCRIPT, [], { stdio: ['ignore', 'inherit', 'inherit'], env, signal });
  // One that is told to end says so at once, and is waited for: it writes into our directory.
  const status = await new Promise<number | null>((done, fail) => child.on('error', (error) => signal.aborted || fail(error)).on('close', done));
  signal.throwIfAborted();
  if (status !== 0) throw new OctaviaError('image-not-built', `The image could not be built: ${SCRIPT} ended with status ${status}.`);
}
