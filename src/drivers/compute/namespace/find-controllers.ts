import { dirname, join, relative } from 'node:path';

/** A control group hierarchy that can limit something, and the directory in it below which groups may be made. */
export interface Controller {
  readonly version: 1 | 2;
  readonly directory: string;
}

export interface Controllers {
  readonly cpu: Controller | null;
  readonly memory: Controller | null;
}

interface Mount { readonly root: string; readonly point: string; readonly type: string; readonly options: readonly string[] }

/**
 * Where this process may make groups for processors and memory. `mountInfo` and `ownGroups` are /proc/self/mountinfo and
 * /proc/self/cgroup. New groups lie inside our own group (version 1), so that they never exceed what we ourselves may use,
 * or beside it (version 2), which lets no group have both processes and limited groups below it.
 */
export function findControllers(mountInfo: string, ownGroups: string): Controllers {
  const mounts = mountInfo.split('\n').flatMap(readMount);
  const own = ownGroups.split('\n').map((line) => line.split(':'));
  const pathOf = (name: string): string => own.find(([, names]) => names?.split(',').includes(name))?.slice(2).join(':') ?? '/';
  const find = (name: 'cpu' | 'memory'): Controller | null => {
    const v1 = mounts.findLast(({ type, options }) => type === 'cgroup' && options.includes(name));
    if (v1) return { version: 1, directory: below(v1, pathOf(name)) };
    const v2 = mounts.findLast(({ type }) => type === 'cgroup2');
    return v2 ? { version: 2, directory: below(v2, dirname(pathOf(''))) } : null;
  };
  return { cpu: find('cpu'), memory: find('memory') };
}

/** The directory that stands for a path of the hierarchy; the mount's own when the path is not in sight. */
function below({ root, point }: Mount, path: string): string {
  const inside = relative(root, path);
  return inside.startsWith('..') ? point : join(point, inside);
}

/** proc(5): id parent device ROOT POINT options [tags] - TYPE source OPTIONS */
function readMount(line: string): Mount[] {
  const [before = '', after] = line.split(' - ');
  if (after === undefined) return [];
  const [, , , root = '/', point = '/'] = before.split(' ');
  const [type = '', , options = ''] = after.split(' ');
  return [{ root, point: point.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))), type, options: options.split(',') }];
}
