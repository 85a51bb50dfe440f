import { Checkbox } from '@patternfly/react-core';
import { isValues, textOf, type FormValue, type FormValues } from './form-values.ts';

/** Headers that listeners can add (the API's rules say which of them where). */
const HEADERS = ['X-Forwarded-For', 'X-Forwarded-Port', 'X-Forwarded-Proto', 'X-Forwarded-IP', 'X-Client-IP', 'X-Real-IP'];

export function HeaderChoice({ id, value, onChange }: { id: string; value: FormValue; onChange: (value: FormValues) => void }) {
  const chosen = isValues(value) ? value : {};
  const offered = [...HEADERS, ...Object.keys(chosen).filter((name) => !HEADERS.includes(name))];
  return (
    <div className="check-list">
      {offered.map((name) => (
        <Checkbox
          key={name} id={`${id}-${name}`} label={name} isChecked={textOf(chosen[name]).toLowerCase() === 'true'}
          onChange={(_event, isOn) => onChange(Object.fromEntries([...Object.entries(chosen).filter(([other]) => other !== name), ...(isOn ? [[name, 'true'] as const] : [])]))}
        />
      ))}
    </div>
  );
}
