import { ActionGroup, Form, FormGroup, TextInput } from '@patternfly/react-core';
import { useState, type FormEvent } from 'react';
import { ServiceFault } from '../api/http.ts';
import { BusyButton } from '../components/busy-button.tsx';
import { Notice } from '../components/notice.tsx';
import { useT } from '../i18n/i18n.tsx';
import type { Credentials } from './session.tsx';

interface SignInFormProps {
  readonly signIn: (credentials: Credentials) => Promise<void>;
  /** Fixed when somebody signs in again. */
  readonly fixed?: { readonly user: string; readonly domain: string; readonly project?: string; readonly region?: string };
}

export function SignInForm({ signIn, fixed }: SignInFormProps) {
  const t = useT();
  const [user, setUser] = useState(fixed?.user ?? '');
  const [password, setPassword] = useState('');
  const [domain, setDomain] = useState(fixed?.domain ?? 'Default');
  const [project, setProject] = useState(fixed?.project ?? '');
  const [failure, setFailure] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setFailure(null);
    try {
      await signIn({ user, password, domain, ...(project !== '' && { project }), ...(fixed?.region !== undefined && { region: fixed.region }) });
    } catch (error) {
      setFailure(error instanceof ServiceFault && error.status === 401 ? t('session.wrong') : error instanceof Error ? error.message : String(error));
      setBusy(false);
    }
  };
  return (
    <Form onSubmit={(event) => void submit(event)}>
      {failure !== null && <Notice variant="danger" isInline title={failure} />}
      <FormGroup label={t('session.user')} isRequired fieldId="sign-in-user">
        <TextInput id="sign-in-user" name="username" autoComplete="username" isRequired value={user} {...(fixed && { readOnlyVariant: 'default' as const })} onChange={(_event, value) => setUser(value)} autoFocus={!fixed} />
      </FormGroup>
      <FormGroup label={t('session.password')} isRequired fieldId="sign-in-password">
        <TextInput id="sign-in-password" name="password" type="password" autoComplete="current-password" isRequired value={password} onChange={(_event, value) => setPassword(value)} autoFocus={fixed !== undefined} />
      </FormGroup>
      {!fixed && (
        <>
          <FormGroup label={t('session.domain')} isRequired fieldId="sign-in-domain">
            <TextInput id="sign-in-domain" name="domain" isRequired value={domain} onChange={(_event, value) => setDomain(value)} />
          </FormGroup>
          <FormGroup label={t('session.project')} fieldId="sign-in-project">
            <TextInput id="sign-in-project" name="project" placeholder={t('session.project-default')} value={project} onChange={(_event, value) => setProject(value)} />
          </FormGroup>
        </>
      )}
      <ActionGroup>
        <BusyButton type="submit" isBlock isBusy={isBusy} isDisabled={user === '' || password === ''}>{t('session.sign-in')}</BusyButton>
      </ActionGroup>
    </Form>
  );
}
