import { Button, Modal, type ModalProps } from '@patternfly/react-core';
import { TimesIcon } from '@patternfly/react-icons/dist/esm/icons/times-icon.js';
import { useT } from '../i18n/i18n.tsx';

type DialogProps = Pick<ModalProps, 'variant' | 'children' | 'aria-labelledby'> & { readonly onClose: () => void };

/** An open dialog; Escape and its cross close it. The kit's own cross speaks English only. */
export function Dialog({ onClose, children, ...rest }: DialogProps) {
  const t = useT();
  return (
    <Modal isOpen onEscapePress={onClose} {...rest}>
      <div className="pf-v6-c-modal-box__close"><Button variant="plain" aria-label={t('action.close')} icon={<TimesIcon />} onClick={onClose} /></div>
      {children}
    </Modal>
  );
}
