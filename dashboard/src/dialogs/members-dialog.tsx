import { member } from '@model/resources/member.ts';
import { Button, Content, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core';
import { useState } from 'react';
import { replaceMembers } from '../api/client.ts';
import type { Member, Pool } from '../api/schema.ts';
import { BusyButton } from '../components/busy-button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { Notice } from '../components/notice.tsx';
import { useSend } from '../data/objects.ts';
import { objectName } from '../format/object-name.ts';
import { initialValues, type FormValues } from '../forms/form-values.ts';
import { statedMember } from '../forms/member-batch.ts';
import { useMemberCandidates } from '../forms/member-candidates.ts';
import { MembersEditor } from '../forms/members-editor.tsx';
import { problemsOf } from '../forms/problems.ts';
import { useT } from '../i18n/i18n.tsx';
import { useChoices } from './use-choices.ts';

interface MembersDialogProps {
  readonly loadBalancerId: string;
  readonly pool: Pool;
  readonly members: readonly Member[];
  readonly onClose: () => void;
}

/** All members of a pool at once: one change, one configuration. */
export function MembersDialog({ loadBalancerId, pool, members, onClose }: MembersDialogProps) {
  const t = useT();
  const send = useSend();
  const candidates = useMemberCandidates();
  const choices = useChoices('member', loadBalancerId);
  const [rows, setRows] = useState<readonly FormValues[]>(() => members.map((one) => initialValues(member.fields, 'nested', { ...one })));
  const [isTried, setTried] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const submit = async () => {
    setTried(true);
    if (rows.some((values) => Object.keys(problemsOf(member.fields, 'nested', values)).length > 0)) return setRefusal(t('form.correct'));
    setBusy(true);
    try {
      await replaceMembers(pool.id, rows.map(statedMember));
      await send(() => Promise.resolve(), { loadBalancerId, accepted: t('dialog.accepted') });
      onClose();
    } catch (error) {
      setRefusal(error instanceof Error ? error.message : String(error));
      setBusy(false);
    }
    return undefined;
  };
  const used = new Set(rows.map((values) => values['address']));
  return (
    <Dialog variant="large" onClose={onClose} aria-labelledby="members-dialog-title">
      <ModalHeader title={t('members.batch-title', { name: objectName(pool.id, pool.name) })} labelId="members-dialog-title" />
      <ModalBody tabIndex={0}>
        {refusal !== null && <Notice variant="danger" isInline title={refusal} />}
        <Content component="p">{t('members.batch-explained')}</Content>
        <MembersEditor members={rows} onChange={setRows} candidates={candidates.filter(({ address }) => !used.has(address))} subnets={choices['subnet_id']} showProblems={isTried} />
      </ModalBody>
      <ModalFooter>
        <BusyButton isBusy={isBusy} onClick={() => void submit()}>{t('action.save')}</BusyButton>
        <Button variant="link" onClick={onClose}>{t('action.cancel')}</Button>
      </ModalFooter>
    </Dialog>
  );
}
