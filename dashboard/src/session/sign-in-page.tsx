import { Card, CardBody, CardTitle, Content } from '@patternfly/react-core';
import { useT } from '../i18n/i18n.tsx';
import { LanguageSelect } from '../shell/language-select.tsx';
import type { Credentials } from './session.tsx';
import { SignInForm } from './sign-in-form.tsx';

export function SignInPage({ signIn }: { signIn: (credentials: Credentials) => Promise<void> }) {
  const t = useT();
  return (
    <main className="sign-in">
      <Card className="sign-in__card">
        <CardTitle component="h1">
          <img src="/dashboard/favicon.svg" alt="" width="40" height="40" /> {t('app.title')}
        </CardTitle>
        <CardBody>
          <Content component="p">{t('session.intro')}</Content>
          <SignInForm signIn={signIn} />
        </CardBody>
        <CardBody>
          <LanguageSelect />
        </CardBody>
      </Card>
    </main>
  );
}
