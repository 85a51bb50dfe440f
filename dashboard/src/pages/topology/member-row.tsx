import { Button, TextInput } from '@patternfly/react-core';
import { useState } from 'react';
import { update } from '../../api/client.ts';
import type { Member } from '../../api/schema.ts';
import { StatusLabel } from '../../components/status-label.tsx';
import type { ObjectRates } from '../../data/changes.tsx';
import type { Condition } from '../../data/figures.ts';
import { useSend } from '../../data/objects.ts';
import { useT } from '../../i18n/i18n.tsx';
import { useSession } from '../../session/session.tsx';
import { Explanation, RatesLine } from './node-parts.tsx';
import { explain, nameOf } from './topology-model.ts';

interface MemberRowProps {
  readonly member: Member;
  readonly poolId: string;
  readonly loadBalancerId: string;
  readonly rates: ObjectRates | undefined;
  readonly conditions: ReadonlyMap<string, Condition>;
}

const MAX_WEIGHT = 256;
/** The weight that a member had before it was drained, for as long as this browser remembers. */
const storedWeight = (id: string) => `octavia.weight.${id}`;

/** One member: how it is, what it does, its weight, and the way to drain it and put it back. */
export function MemberRow({ member, poolId, loadBalancerId, rates, conditions }: MemberRowProps) {
  const t = useT();
  const { may } = useSession();
  const send = useSend();
  const [typed, setTyped] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const name = nameOf(member);
  const setWeight = async (weight: number) => {
    if (weight === 0 && member.weight > 0) localStorage.setItem(storedWeight(member.id), String(member.weight));
    setBusy(true);
    await send(() => update('member', member.id, { weight }, poolId), { loadBalancerId, accepted: t('topology.weight-accepted', { name, weight }) });
    setBusy(false);
    setTyped(null);
  };
  const isDrained = member.weight === 0;
  const weight = Number(typed);
  const isValid = typed === null || (/^\d{1,3}$/.test(typed) && weight <= MAX_WEIGHT);
  return (
    <li className={`topology__member topology__edge--${member.operating_status}`} data-testid={`member-${name}`}>
      <div className="topology__line">
        <strong>{name}</strong> <StatusLabel status={member.operating_status} /> {member.provisioning_status !== 'ACTIVE' && <StatusLabel status={member.provisioning_status} />}
        <span className="subtle">{member.address.includes(':') ? `[${member.address}]` : member.address}:{member.protocol_port}{member.backup && ` · ${t('field.backup')}`}</span>
      </div>
      <RatesLine rates={rates} />
      <Explanation explained={explain(member, conditions)} />
      {may('member:put') ? (
        <form className="topology__line" onSubmit={(event) => {
          event.preventDefault();
          if (isValid && typed !== null) void setWeight(weight);
        }}>
          <label className="topology__weight">
            {t('field.weight')}
            <TextInput type="number" min={0} max={MAX_WEIGHT} aria-label={t('topology.weight-of', { name })} value={typed ?? String(member.weight)} validated={isValid ? 'default' : 'error'} onChange={(_event, value) => setTyped(value)} />
          </label>
          {typed !== null && typed !== String(member.weight) && <Button type="submit" size="sm" isDisabled={!isValid || isBusy}>{t('action.save')}</Button>}
          <Button
            variant="secondary" size="sm" isDisabled={isBusy} aria-label={t(isDrained ? 'topology.undrain-of' : 'topology.drain-of', { name })}
            onClick={() => void setWeight(isDrained ? Number(localStorage.getItem(storedWeight(member.id)) ?? 1) : 0)}
          >
            {t(isDrained ? 'topology.undrain' : 'topology.drain')}
          </Button>
        </form>
      ) : <p className="subtle">{t('field.weight')}: {member.weight}</p>}
    </li>
  );
}
