import type { Resource } from '../resources/resource.ts';
import { invalidOption } from '../violation.ts';

/**
 * The changes of a PUT body with every explicit null replaced by what it means: a default, "unchanged" (left out), a
 * refusal, or null itself (cleared). `defaults` are those that depend on the configuration.
 */
export function withNullsResolved(resource: Resource, body: Readonly<Record<string, unknown>>, defaults: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const changes: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(body)) {
    if (value !== null) {
      changes[name] = value;
      continue;
    }
    const meaning = resource.fields[name]?.onNull;
    if (meaning === 'refused') throw invalidOption('None', name);
    if (meaning === 'unchanged') continue;
    if (Object.hasOwn(defaults, name)) changes[name] = defaults[name];
    else changes[name] = typeof meaning === 'object' ? meaning.becomes : null;
  }
  return changes;
}
