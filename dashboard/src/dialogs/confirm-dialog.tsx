import { Button, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core';
import { useState, type ReactNode } from 'react';
import { BusyButton } from '../components/busy-button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { Notice } from '../components/notice.tsx';
import { useT } from '../i18n/i18n.tsx';

interface ConfirmDialogProps {
  readonly title: string;
  readonly children: ReactNode;
  readonly confirm: string;
  readonly isDanger?: boolean;
  /** Does it; what it throws is shown and the dialog stays. */
  readonly onConfirm: () => Promise<void>;
  readonly onClose: () => void;
}

export function ConfirmDialog({ title, children, confirm, isDanger = false, onConfirm, onClose }: ConfirmDialogProps) {
  const t = useT();
  const [isBusy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const submit = async () => {
    setBusy(true);
    setRefusal(null);
    try {
      await onConfirm();
      onClose();
    } catch (error) {
      setRefusal(error instanceof Error ? error.message : String(error));
      setBusy(false);
    }
  };
  return (
    <Dialog variant="small" onClose={onClose} aria-labelledby="confirm-dialog-title">
      <ModalHeader title={title} labelId="confirm-dialog-title" {...(isDanger && { titleIconVariant: 'warning' as const, titleScreenReaderText: t('notice.warning') })} />
      <ModalBody tabIndex={0}>
        {refusal !== null && <Notice variant="danger" isInline title={refusal} />}
        {children}
      </ModalBody>
      <ModalFooter>
        <BusyButton variant={isDanger ? 'danger' : 'primary'} isBusy={isBusy} onClick={() => void submit()}>{confirm}</BusyButton>
        <Button variant="link" onClick={onClose}>{t('action.cancel')}</Button>
      </ModalFooter>
    </Dialog>
  );
}
