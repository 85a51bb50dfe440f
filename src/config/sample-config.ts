import { optionGroups } from './config.ts';
import { type Option, textOf } from './options/option.ts';

/** A sample octavia.conf: every group and option with help, range and default, all commented out. */
export function renderSampleConfig(): string {
  const groups = Object.entries(optionGroups).map(([group, options]) => {
    const table: Readonly<Record<string, Option<unknown>>> = options;
    return `[${group}]\n\n${Object.entries(table).map(([name, option]) => describe(name, option)).join('\n')}`;
  });
  return `# Sample configuration of Octavia. Every line shows the default; take the # away to change it.\n\n${groups.join('\n')}`;
}

function describe(name: string, option: Option<unknown>): string {
  const notes = [
    option.choices ? `One of: ${option.choices.join(', ')}` : '',
    option.min === undefined ? '' : `Minimum: ${option.min}`,
    option.max === undefined ? '' : `Maximum: ${option.max}`,
    option.unused ? `Not used: ${option.unused}.` : '',
    option.isMutable ? 'Taken over at SIGHUP.' : '',
    option.kind === 'multi' ? 'May be given many times.' : '',
    option.deprecatedNames.length > 0 ? `Former names: ${option.deprecatedNames.join(', ')}` : '',
    option.deprecatedFor ? `Deprecated: ${option.deprecatedFor}` : '',
    option.isAddition ? 'Not in the original.' : '',
  ].filter(Boolean);
  const shown = name === 'host' ? '<server-hostname.example.com>' : option.default === null ? '<None>' : textOf(option.default).replaceAll('$', '$$$$');
  return [`# ${option.help} (${option.kind})`, ...notes.map((note) => `# ${note}`), `#${name} = ${shown}`, ''].join('\n');
}
