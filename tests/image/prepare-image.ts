import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../src/lib/run.ts';
import { bundleAgent } from '../../src/processes/image/build-agent.ts';
import { describeBuiltImage } from '../../src/processes/image/image-description.ts';
import { projectRoot } from '../../src/processes/project.ts';
import { IMAGE, IMAGE_QCOW2 } from './image-files.ts';

// The image that the tests boot, made anew when anything that goes into it has changed. Run before a test enters its private
// world, which leads to no Debian mirror.
const key = await sourcesOfImage();
const keyFile = `${IMAGE}.sources`;
const isCurrent = existsSync(IMAGE) && existsSync(IMAGE_QCOW2) && existsSync(keyFile) && readFileSync(keyFile, 'utf8') === key;
if (!isCurrent) {
  rmSync(keyFile, { force: true });
  await run(join(projectRoot, 'octavia'), ['image', 'build', '--format', 'raw', '--output', IMAGE], { timeoutMs: 1_800_000 });
  // As `image build` makes a qcow2 of it.
  await run('qemu-img', ['convert', '-m', '2', '-W', '-c', '-O', 'qcow2', IMAGE, IMAGE_QCOW2], { timeoutMs: 1_800_000 });
  await describeBuiltImage(IMAGE_QCOW2);
  writeFileSync(keyFile, key);
}

/** A hash of everything of this project that an image holds, and of Node. */
async function sourcesOfImage(): Promise<string> {
  const scratch = await mkdtemp(join(tmpdir(), 'octavia-image-sources-'));
  try {
    await bundleAgent(join(scratch, 'agent.mjs'));
    const files = globSync(['deploy/amphora-image/**', 'deploy/amphora-agent/**', 'src/processes/image/*.ts', 'src/amphora/agent/services/supervise.sh'], { cwd: projectRoot })
      .map((name) => join(projectRoot, name)).filter((file) => statSync(file).isFile() && !file.endsWith('.test.ts')).sort();
    const hash = createHash('sha256').update(process.version);
    for (const file of [join(scratch, 'agent.mjs'), ...files]) hash.update(`${statSync(file).mode} `).update(readFileSync(file));
    return hash.digest('hex');
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
