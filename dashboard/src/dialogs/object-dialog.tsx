import { Button, Form, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core';
import { useMemo, useState } from 'react';
import { create, update, type Create, type Update } from '../api/client.ts';
import { ServiceFault } from '../api/http.ts';
import { BusyButton } from '../components/busy-button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { Notice } from '../components/notice.tsx';
import { staleAfter, useSend } from '../data/objects.ts';
import { createBody, initialValues, updateBody, type FormValues } from '../forms/form-values.ts';
import { DEFINITIONS, isShown, startValues, visiblePart, withoutHidden, type FormKind } from '../forms/layout.ts';
import { problemsOf } from '../forms/problems.ts';
import { ResourceForm } from '../forms/resource-form.tsx';
import { brokenRule, type Surroundings } from '../forms/rules.ts';
import { useT } from '../i18n/i18n.tsx';
import { useChoices } from './use-choices.ts';

export interface ObjectDialogProps {
  readonly kind: FormKind;
  /** The object to edit; absent: a new one. */
  readonly shown?: { readonly id: string; readonly name?: string };
  /** Null for what belongs to no load balancer. */
  readonly loadBalancerId: string | null;
  /** Pool of a member, policy of a rule. */
  readonly parent?: string;
  /** Fields of a new object that its place decides: `loadbalancer_id`, `listener_id`, `pool_id`. */
  readonly fixed?: Readonly<Record<string, string>>;
  readonly around?: Surroundings;
  readonly onClose: () => void;
}

const NOTHING = {};

/** Creates or edits one object of any kind. What the service refuses is shown above what was typed. */
export function ObjectDialog({ kind, shown: object, loadBalancerId, parent, fixed = NOTHING, around = NOTHING, onClose }: ObjectDialogProps) {
  const t = useT();
  const send = useSend();
  const choices = useChoices(kind, loadBalancerId);
  const use = object === undefined ? 'create' : 'update';
  const { fields } = DEFINITIONS[kind];
  // As it was when the form was filled: what others change meanwhile was not typed here and is not set back.
  const [shown] = useState(() => (object === undefined ? undefined : Object.fromEntries<unknown>(Object.entries(object))));
  const before = useMemo(() => initialValues(fields, use, shown), [fields, use, shown]);
  // An edited object's unchangeable fields still decide which others make sense.
  const context = useMemo(() => (shown === undefined ? {} : initialValues(fields, 'create', shown)), [fields, shown]);
  const [values, setValues] = useState<FormValues>(() => ({ ...context, ...before, ...(shown === undefined && { ...startValues(kind, around), ...fixed }) }));
  const [isTried, setTried] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const visible = Object.keys(before).filter((name) => isShown(kind, name, values, around));
  const problems = problemsOf(fields, use, values, visible.filter((name) => fixed[name] === undefined));
  const submit = async () => {
    setTried(true);
    const sent = withoutHidden(kind, values, around);
    const body = shown === undefined ? { ...createBody(fields, 'create', sent), ...fixed } : updateBody(fields, sent, before);
    const broken = Object.keys(problems).length > 0 ? t('form.correct') : (brokenRule(kind, { ...visiblePart(kind, shown ?? NOTHING, values, around), ...body }, around) ?? (Object.keys(body).length === 0 ? t('form.nothing-changed') : null));
    setRefusal(broken);
    if (broken !== null) return;
    setBusy(true);
    try {
      await (shown === undefined ? create(kind, body as unknown as Create<FormKind>, parent) : update(kind, object?.id ?? '', body as Update<FormKind>, parent));
      await send(() => Promise.resolve(), loadBalancerId === null ? { stale: staleAfter(kind), accepted: t('dialog.saved') } : { loadBalancerId, accepted: t('dialog.accepted') });
      onClose();
    } catch (error) {
      setRefusal(error instanceof ServiceFault ? error.message : String(error));
      setBusy(false);
    }
  };
  const title = t(shown === undefined ? 'dialog.create' : 'dialog.edit', { kind: t(`kind.${kind}`), name: typeof shown?.['name'] === 'string' ? shown['name'] : '' });
  return (
    <Dialog variant="medium" onClose={onClose} aria-labelledby="object-dialog-title">
      <ModalHeader title={title} labelId="object-dialog-title" />
      <ModalBody tabIndex={0}>
        <Form id="object-dialog-form" noValidate onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}>
          {refusal !== null && <Notice variant="danger" isInline title={refusal} />}
          <ResourceForm {...{ kind, use, values, around, choices }} onChange={setValues} problems={isTried ? problems : {}} without={Object.keys(fixed)} />
        </Form>
      </ModalBody>
      <ModalFooter>
        <BusyButton type="submit" form="object-dialog-form" isBusy={isBusy}>{shown === undefined ? t('action.create') : t('action.save')}</BusyButton>
        <Button variant="link" onClick={onClose}>{t('action.cancel')}</Button>
      </ModalFooter>
    </Dialog>
  );
}
