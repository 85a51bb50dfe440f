import { OctaviaError } from '../lib/errors.ts';

/** A configuration that cannot be used. Names everything needed to find the line: file, group, option, value, reason. */
export class ConfigError extends OctaviaError {
  readonly file: string | null;
  readonly group: string | null;
  readonly option: string | null;
  /** The text as written; null when there is none or it is a secret. */
  readonly value: string | null;
  readonly reason: string;

  constructor(detail: { file?: string | null; group?: string | null; option?: string | null; value?: string | null; reason: string; cause?: unknown }) {
    const place = detail.group ? `[${detail.group}]${detail.option ? ` ${detail.option}` : ''}` : '';
    const said = detail.value === undefined || detail.value === null ? '' : ` = ${JSON.stringify(detail.value)}`;
    const where = [detail.file, `${place}${said}`].filter(Boolean).join(': ');
    super('config-invalid', where ? `${where}: ${detail.reason}` : detail.reason, { cause: detail.cause });
    this.file = detail.file ?? null;
    this.group = detail.group ?? null;
    this.option = detail.option ?? null;
    this.value = detail.value ?? null;
    this.reason = detail.reason;
  }
}
