import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type * as Nunjucks from 'nunjucks';
import { OctaviaError, reasonOf } from '../lib/errors.ts';

/** What a template may name (octavia/common/jinja/logging/logging_jinja_cfg.py). */
export interface LoggingTemplateValues {
  readonly admin_log_hosts: readonly { readonly host: string; readonly port: string }[];
  readonly tenant_log_hosts: readonly { readonly host: string; readonly port: string }[];
  readonly protocol: string;
  readonly retry_count: number;
  readonly retry_interval: number;
  readonly queue_size: number;
  readonly forward_all_logs: boolean;
  readonly disable_local_log_storage: boolean;
  readonly admin_log_facility: number;
  readonly user_log_facility: number;
}

const TEMPLATE = '10-rsyslog.conf.template';

/** The operator's template cannot be read or rendered. */
class LoggingTemplateFailed extends OctaviaError {
  constructor(file: string, cause: unknown) {
    super('logging-template-failed', `[amphora_agent] logging_template_override: ${file} cannot be rendered: ${reasonOf(cause)}`, { retry: 'wait', cause });
  }
}

/**
 * Renders the operator's own `10-rsyslog.conf.template`, a Jinja template in the directory of `override` (a path in it, or
 * the directory with a slash at its end, as the original reads it).
 */
export function renderLoggingTemplate(override: string, values: LoggingTemplateValues): string {
  const directory = override.endsWith('/') ? override : dirname(override);
  try {
    // Few operators have one: the engine is loaded by those who do.
    const { Environment, FileSystemLoader } = createRequire(import.meta.url)('nunjucks') as typeof Nunjucks;
    return new Environment(new FileSystemLoader(directory, { noCache: true }), { autoescape: true, throwOnUndefined: false }).render(TEMPLATE, values);
  } catch (error) {
    throw new LoggingTemplateFailed(join(directory, TEMPLATE), error);
  }
}
