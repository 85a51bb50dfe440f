import { join } from 'node:path';
import { projectRoot } from '../../src/processes/project.ts';

/** What prepare-image.ts makes: the same disk twice. */
export const IMAGE = join(projectRoot, 'node_modules/.cache/amphora-image/amphora.raw');
export const IMAGE_QCOW2 = join(projectRoot, 'node_modules/.cache/amphora-image/amphora.qcow2');
