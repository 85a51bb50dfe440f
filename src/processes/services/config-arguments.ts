import { configSources, type ServiceFiles } from './config-sources.ts';

/** The configuration of this process as oslo.config's arguments, for Python programs that read the same files. */
export function configArguments(program: string, given: ServiceFiles): readonly string[] {
  const { files, dirs } = configSources(program, given);
  return [...files.flatMap((file) => ['--config-file', file]), ...dirs.flatMap((dir) => ['--config-dir', dir])];
}
