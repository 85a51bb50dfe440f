import { ConfigError } from './config-error.ts';

/** One `name = value` of a file; `value` has continuation lines joined by line feeds. */
export interface Assignment {
  readonly group: string;
  readonly name: string;
  readonly value: string;
  readonly file: string;
  readonly line: number;
}

/**
 * Reads oslo.config's INI dialect: only whole lines starting with `#` or `;` are comments (values keep both signs),
 * an indented line continues the value above, an empty line ends it, repeated names are all reported.
 */
export function parseIni(text: string, file: string): Assignment[] {
  const found: Assignment[] = [];
  let group: string | null = null;
  let open: { name: string; lines: string[]; line: number } | null = null;

  const close = () => {
    if (open && group !== null) found.push({ group, name: open.name, value: unquote(open.lines), file, line: open.line });
    open = null;
  };
  for (const [index, raw] of text.replace(/^\uFEFF/, '').split(/\r?\n/).entries()) {
    const line = raw.trimEnd();
    const at = `${file}:${index + 1}`;
    if (/^[ \t]/.test(line)) {
      if (!open) throw new ConfigError({ file: at, reason: 'a continuation line without an option above it' });
      open.lines.push(line.trimStart());
      continue;
    }
    close();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    if (line.startsWith('[')) {
      group = sectionName(line, at);
      continue;
    }
    if (group === null) throw new ConfigError({ file: at, reason: 'an option before the first [group]' });
    open = { ...splitAssignment(line, at), line: index + 1 };
  }
  close();
  return found;
}

function sectionName(line: string, at: string): string {
  const name = /^\[([^\]]+)\]$/.exec(line)?.[1]?.trim();
  if (!name) throw new ConfigError({ file: at, reason: 'not a group header' });
  return name;
}

function splitAssignment(line: string, at: string): { name: string; lines: string[] } {
  const sign = /[:=]/.exec(line);
  if (!sign) throw new ConfigError({ file: at, reason: 'neither a [group] nor an option = value' });
  const name = line.slice(0, sign.index).trim();
  if (name === '') throw new ConfigError({ file: at, reason: 'an option without a name' });
  return { name, lines: [line.slice(sign.index + 1).trim()] };
}

function unquote(lines: readonly string[]): string {
  const [first = '', ...rest] = lines;
  const quoted = first.length > 1 && (first[0] === '"' || first[0] === "'") && first.endsWith(first[0]);
  return [quoted ? first.slice(1, -1) : first, ...rest].join('\n');
}
