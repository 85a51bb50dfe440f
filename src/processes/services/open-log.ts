import { isAbsolute, join } from 'node:path';
import type { Config } from '../../config/config.ts';
import { createLogger, type RootLogger } from '../../telemetry/logger.ts';

/** The log of a process, as [DEFAULT] says. */
export function openLog(config: Pick<Config, 'DEFAULT'>, name: string): RootLogger {
  const { DEFAULT: options } = config;
  const file = logFileOf(config, name);
  const log = createLogger({
    name, debug: options.debug,
    ...(options.use_json && { json: true }),
    ...(file !== null && { file, isCopiedToStandardError: options.use_stderr, isWatched: options.watch_log_file }),
    ...(options.log_rotation_type === 'size' && { rotation: { maxBytes: options.max_logfile_size_mb * 1024 * 1024, keep: options.max_logfile_count } }),
  });
  if (options.log_rotation_type === 'interval') {
    log.warn({ option: '[DEFAULT] log_rotation_type', value: 'interval' }, 'Log files are not rotated by time; let logrotate do it, with SIGHUP or watch_log_file, or set log_rotation_type = size');
  }
  return log;
}

/** oslo.log: log_file below log_dir; with log_dir alone the file is named after the program. */
export function logFileOf({ DEFAULT: { log_dir: dir, log_file: file } }: Pick<Config, 'DEFAULT'>, name: string): string | null {
  if (dir === null || (file !== null && isAbsolute(file))) return file;
  return join(dir, file ?? `${name}.log`);
}
