import type { Config } from '../../config/config.ts';
import { applyMutableOptions, loadConfigWithWarnings, type ConfigSources } from '../../config/load-config.ts';
import { reasonOf } from '../../lib/errors.ts';
import type { RootLogger } from '../../telemetry/logger.ts';

/** Told of a configuration that SIGHUP brought: only mutable options differ from the one before. */
export type Reloaded = (config: Config) => Promise<void> | void;

export interface ConfigReloader {
  /** Has `part` told of every later configuration, and of one that came while the process was still starting. */
  onReload(part: string, told: Reloaded): void;
  /** Reads the files again, sets the log level and tells the parts; a configuration that cannot be used leaves everything as it is. */
  reload(): Promise<void>;
}

interface Part {
  readonly part: string;
  readonly told: Reloaded;
}

/** What SIGHUP does besides opening the log file anew. */
export function createConfigReloader(sources: ConfigSources, initial: Config, log: RootLogger): ConfigReloader {
  const parts: Part[] = [];
  let current = initial;
  let tail: Promise<void> = Promise.resolve();
  const tell = async ({ part, told }: Part): Promise<void> => {
    try {
      await told(current);
    } catch (error) {
      log.error({ part, err: error }, 'A part could not take the new configuration over');
    }
  };
  const reload = async (): Promise<void> => {
    let fresh: Config;
    try {
      const loaded = loadConfigWithWarnings(sources);
      for (const warning of loaded.warnings) log.warn({ warning }, 'Configuration');
      fresh = loaded.config;
    } catch (error) {
      log.error({ reason: reasonOf(error) }, 'The configuration cannot be used; the one before stays');
      return;
    }
    const { config, ignored } = applyMutableOptions(current, fresh);
    if (ignored.length > 0) log.warn({ options: ignored }, 'Changed options that need a restart to take effect');
    current = config;
    log.setLevel(config.DEFAULT.debug ? 'debug' : 'info');
    for (const one of parts) await tell(one);
    log.info({}, 'Configuration read again');
  };
  return {
    onReload(part, told) {
      parts.push({ part, told });
      if (current !== initial) tail = tail.then(() => tell({ part, told }));
    },
    reload: () => (tail = tail.then(reload)),
  };
}
