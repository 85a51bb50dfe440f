/** Fields that hold settings of a provider, JSON as text, and how the provider's list of such settings is called. */
const SETTINGS = { flavor_data: 'flavor', availability_zone_data: 'availability_zone' } as const;

export type SettingsField = keyof typeof SETTINGS;

export const isSettings = (name: string): name is SettingsField => Object.hasOwn(SETTINGS, name);

/** A setting as the provider describes it. */
export interface Capability {
  readonly name: string;
  readonly description: string;
}

/** Where the API lists what a provider can set, and the key of the answer. */
export function capabilityList(provider: string, of: SettingsField): { readonly path: string; readonly key: string } {
  return { path: `/v2.0/lbaas/providers/${encodeURIComponent(provider)}/${SETTINGS[of]}_capabilities`, key: `${SETTINGS[of]}_capabilities` };
}

/** How a setting is typed in. */
export type SettingKind = { readonly kind: 'text' | 'switch' | 'list' } | { readonly kind: 'choice'; readonly values: readonly string[] };

/** The API describes settings in words only: what the words and a value that is there tell decides; text takes everything else. */
export function settingKind({ description }: Pick<Capability, 'description'>, value: unknown): SettingKind {
  if (typeof value === 'boolean' || (value === undefined && /^(when|if) true\b/i.test(description))) return { kind: 'switch' };
  if (Array.isArray(value) || (value === undefined && /^(a )?list of\b/i.test(description))) return { kind: 'list' };
  const [, offered = ''] = /\bone of:?\s(.*)$/i.exec(description) ?? [];
  const values = [...offered.matchAll(/\b([A-Z][A-Z0-9_]+) - /g)].flatMap(([, name]) => name ?? []);
  return values.length > 1 ? { kind: 'choice', values } : { kind: 'text' };
}

export type Settings = Readonly<Record<string, unknown>>;

/** The settings in a text; null when it holds no JSON object. */
export function readSettings(text: string): Settings | null {
  if (text.trim() === '') return {};
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? Object.fromEntries(Object.entries(parsed)) : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The text with one setting changed; undefined takes it out. */
export function withSetting(settings: Settings, name: string, value: unknown): string {
  return JSON.stringify(Object.fromEntries([...Object.entries(settings).filter(([key]) => key !== name), ...(value === undefined ? [] : [[name, value] as const])]));
}
