import type { Config } from '../../config/config.ts';
import { applyMutableOptions, loadConfigWithWarnings, type ConfigSources } from '../../config/load-config.ts';
import { reasonOf } from '../../lib/errors.ts';
import type { RootLogger } from '../../telemetry/logger.ts';

/** Told of a configuration that SIGHUP brought: only mutable options differ from the one before. */
export type Reloaded = (config: Config) => Promise<void> | void;

export interface ConfigReloader {
  /** Has `part` told of every later configuration. */
  onReload(part: string, told: Reloaded): void;
  /** Reads the files again, sets the log level and tells the parts; a configuration that cannot be used leaves everything as it is. */
  reload(): Promise<void>;
}

/** What SIGHUP does besides opening the log file anew. */
export function createConfigReloader(sources: ConfigSources, initial: Config, log: RootLogger): ConfigReloader {
  const parts: { readonly part: string; readonly told: Reloaded }[] = [];
  let current = initial;
  let tail: Promise<void> = Promise.resolve();
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
    for (const { part, told } of parts) {
      try {
        await told(config);
      } catch (error) {
        log.error({ part, err: error }, 'A part could not take the new configuration over');
      }
    }
    log.info({}, 'Configuration read again');
  };
  return {
    onReload: (part, told) => void parts.push({ part, told }),
    reload: () => (tail = tail.then(reload)),
  };
}
