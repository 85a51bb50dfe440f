import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { readTextOrNull, replaceFile } from '../../lib/replace-file.ts';
import { INTERFACES_AT_BOOT } from '../../drivers/image/image-driver.ts';
import { reasonOf } from '../../lib/errors.ts';

/** Properties in Glance of the images that `octavia image build` makes. Their kernel knows no AHCI: a config drive that a q35 machine has there would not be seen. */
export const BUILT_IMAGE_PROPERTIES: ImageProperties = { [INTERFACES_AT_BOOT]: 'true', hw_cdrom_bus: 'scsi', hw_scsi_model: 'virtio-scsi' };

export type ImageProperties = Readonly<Record<string, string>>;

/** What lies beside a disk image as `<file>.json`. */
interface ImageDescription {
  /** Of the file, in hexadecimal: a description belongs to one image only. */
  readonly sha512: string;
  readonly properties: ImageProperties;
}

/** What is known about an image file: `ignored` says why its description does not count; null when it does or there is none. */
export interface KnownProperties {
  readonly properties: ImageProperties;
  readonly ignored: string | null;
}

const descriptionPath = (image: string): string => `${image}.json`;

/** Hexadecimal. Throws what reading throws. */
export async function sha512Of(path: string): Promise<string> {
  const hash = createHash('sha512');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Writes the description of an image that was just built; the same image gives the same bytes. */
export async function describeBuiltImage(image: string): Promise<void> {
  const description: ImageDescription = { sha512: await sha512Of(image), properties: BUILT_IMAGE_PROPERTIES };
  await replaceFile(descriptionPath(image), `${JSON.stringify(description, null, 2)}\n`, 0o644);
}

/** The properties that an image file with this digest is to have in Glance. Throws what reading throws, other than a missing file. */
export async function readProperties(image: string, sha512: string): Promise<KnownProperties> {
  const path = descriptionPath(image);
  const text = await readTextOrNull(path);
  if (text === null) return { properties: {}, ignored: null };
  const ignored = (why: string): KnownProperties => ({ properties: {}, ignored: `${path} is ignored: ${why}` });
  const value = parsed(text);
  if (value instanceof Error) return ignored(`it is no JSON (${reasonOf(value)})`);
  if (!isDescription(value)) return ignored('it is no description of an image: {"sha512": "...", "properties": {"name": "value"}}');
  return value.sha512.toLowerCase() === sha512 ? { properties: value.properties, ignored: null } : ignored(`it describes another file, with SHA-512 ${value.sha512.slice(0, 12)}... instead of ${sha512.slice(0, 12)}...`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return error;
    throw error;
  }
}

function isDescription(value: unknown): value is ImageDescription {
  if (typeof value !== 'object' || value === null || !('sha512' in value) || !('properties' in value)) return false;
  const { sha512, properties } = value;
  return typeof sha512 === 'string' && typeof properties === 'object' && properties !== null && !Array.isArray(properties) && Object.values(properties).every((one) => typeof one === 'string');
}
