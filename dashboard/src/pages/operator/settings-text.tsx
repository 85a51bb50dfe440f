import { ValueText } from '../../components/properties.tsx';
import { readSettings } from '../../forms/capabilities.ts';

/** Settings of a profile, readable; what is no JSON object is shown as it is. */
export function SettingsText({ text }: { text: string }) {
  return <ValueText value={readSettings(text) ?? text} />;
}
