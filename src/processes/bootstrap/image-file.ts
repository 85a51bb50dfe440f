import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { ImageFile } from './wanted.ts';

const QCOW2_MAGIC = 'QFI\xfb';

/** Format, size and digest of a disk image. Throws what reading throws. */
export async function inspectImageFile(path: string): Promise<ImageFile> {
  const { size } = await stat(path);
  const handle = await open(path);
  const start = Buffer.alloc(QCOW2_MAGIC.length);
  await handle.read(start, 0, start.length, 0);
  await handle.close();
  const hash = createHash('sha512');
  await pipeline(createReadStream(path), hash);
  return { path, format: start.toString('latin1') === QCOW2_MAGIC ? 'qcow2' : 'raw', sizeBytes: size, sha512: hash.digest('hex') };
}
