import { open, stat } from 'node:fs/promises';
import { readProperties, sha512Of } from '../image/image-description.ts';
import type { ImageFile } from './wanted.ts';

const QCOW2_MAGIC = 'QFI\xfb';

/** Format, size and digest of a disk image, and what the description beside it says. Throws what reading throws. */
export async function inspectImageFile(path: string): Promise<ImageFile> {
  const { size } = await stat(path);
  const handle = await open(path);
  const start = Buffer.alloc(QCOW2_MAGIC.length);
  await handle.read(start, 0, start.length, 0);
  await handle.close();
  const sha512 = await sha512Of(path);
  return { path, format: start.toString('latin1') === QCOW2_MAGIC ? 'qcow2' : 'raw', sizeBytes: size, sha512, ...(await readProperties(path, sha512)) };
}
