import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from '../../src/lib/run.ts';

export interface DriveContent {
  readonly serverId: string;
  readonly hostname: string;
  /** Injected files by path. */
  readonly files: Readonly<Record<string, string>>;
  readonly userData: string;
  readonly networkData: unknown;
  /** Metadata of the server. */
  readonly meta?: Readonly<Record<string, string>>;
}

/** Writes a config drive as Nova does when config_drive_format is vfat; returns its file. */
export async function makeConfigDrive(directory: string, content: DriveContent): Promise<string> {
  const root = join(directory, 'config-drive');
  const entries = Object.entries(content.files).map(([path, text], index) => ({ path, text, contentPath: `/content/${String(index).padStart(4, '0')}` }));
  const files: Readonly<Record<string, string>> = {
    'openstack/latest/meta_data.json': JSON.stringify({
      uuid: content.serverId, hostname: content.hostname, name: content.hostname, files: entries.map(({ path, contentPath }) => ({ path, content_path: contentPath })),
      ...(content.meta !== undefined && { meta: content.meta }),
    }),
    'openstack/latest/network_data.json': JSON.stringify(content.networkData),
    'openstack/latest/user_data': content.userData,
    ...Object.fromEntries(entries.map(({ contentPath, text }) => [`openstack${contentPath}`, text])),
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  const image = join(directory, 'config-drive.img');
  await run('truncate', ['-s', '8M', image]);
  await run('mkfs.vfat', ['-n', 'config-2', image]);
  await run('mcopy', ['-s', '-i', image, join(root, 'openstack'), '::/']);
  return image;
}
