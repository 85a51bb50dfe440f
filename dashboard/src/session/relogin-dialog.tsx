import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core';
import { useT } from '../i18n/i18n.tsx';
import type { Credentials, Session } from './session.tsx';
import { keptOf } from './sign-in-again.ts';
import { SignInForm } from './sign-in-form.tsx';

interface ReloginDialogProps {
  readonly session: Session;
  readonly signIn: (credentials: Credentials) => Promise<void>;
  readonly leave: () => void;
}

/** Over the page as it is: what was typed below stays, and the call that failed is repeated afterwards. */
export function ReloginDialog({ session, signIn, leave }: ReloginDialogProps) {
  const t = useT();
  return (
    <Modal isOpen variant="small" aria-labelledby="relogin-title">
      <ModalHeader title={t('session.expired')} labelId="relogin-title" description={t('session.expired-explained')} />
      <ModalBody>
        <SignInForm signIn={signIn} fixed={keptOf(session)} />
      </ModalBody>
      <ModalFooter>
        <Button variant="link" onClick={leave}>{t('session.somebody-else')}</Button>
      </ModalFooter>
    </Modal>
  );
}
