import { ServiceFailure } from '../../openstack/keystone/service-failure.ts';
import { OctaviaError, reasonOf } from '../../lib/errors.ts';

/** Bootstrap cannot go on; the message ends with what to do. */
export class BootstrapRefused extends OctaviaError {
  readonly fix: string;

  constructor(what: string, fix: string, cause?: unknown) {
    super('bootstrap-refused', `${what}\n  fix: ${fix}`, { cause });
    this.fix = fix;
  }
}

/** A failure of any step, with the call that failed (ServiceFailure names it) and the way out. */
export function refusalOf(step: string, error: unknown): BootstrapRefused {
  if (error instanceof BootstrapRefused) return error;
  return new BootstrapRefused(`${step}: ${reasonOf(error)}`, fixFor(error), error);
}

function fixFor(error: unknown): string {
  if (!(error instanceof ServiceFailure)) return systemFix(error);
  const { status, reason } = error;
  if (status === null && /endpoint/.test(reason)) return 'name the region with --region (or --network-region for Neutron), or register that service in Keystone';
  if (status === null) return 'see that the service runs and that this machine reaches its endpoint (openstack catalog list; OS_INTERFACE, or interface in clouds.yaml, as internal or public chooses which)';
  if (status === 401) return 'check user, password, project and domains of the OS_* variables or of the cloud in clouds.yaml';
  if (status === 403) return 'log in as an administrator of the cloud (role admin), or have its policy allow this call';
  if (status === 404) return 'something was deleted meanwhile, or the endpoint in the catalog is wrong (openstack catalog list): run bootstrap again';
  if (status === 409) return 'the cloud says that it conflicts with what is there; look at the reason, free or rename it, and run bootstrap again';
  if (status === 413 || /quota|exceeded/i.test(reason)) return 'raise that quota of the project (openstack quota set) and run bootstrap again';
  if (status < 500) return 'the cloud does not accept this value: choose another (octavia bootstrap --help) and run bootstrap again';
  return 'look into the log of that service, under the request id in parentheses, and run bootstrap again: what was made stays';
}

function systemFix(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'EACCES' || code === 'EPERM') return 'run as a user who may write there (root for /etc/octavia), or choose another --config-dir';
  if (code === 'ENOENT') return 'check the path';
  if (code === 'ENOSPC') return 'make room on the file system';
  return 'correct what the message says and run bootstrap again: what was made stays';
}
