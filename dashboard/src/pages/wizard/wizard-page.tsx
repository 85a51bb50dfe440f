import { Button, Checkbox, Content, Form, Wizard, WizardFooterWrapper, WizardStep, useWizardContext } from '@patternfly/react-core';
import { RhUiErrorFillIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-error-fill-icon.js';
import { useEffect, useRef, useState } from 'react';
import { create, type Create } from '../../api/client.ts';
import { BusyButton } from '../../components/busy-button.tsx';
import { Notice } from '../../components/notice.tsx';
import { useT } from '../../i18n/i18n.tsx';
import { useRouter } from '../../router/router.tsx';
import { PageBody } from '../../shell/shell.tsx';
import { Crumbs } from '../load-balancer/object-page.tsx';
import { isFine, populatedBody, problemsOfStep, startState, stepsOf, withFitting, type Step, type WizardState } from './wizard-state.ts';
import { StepContent } from './wizard-steps.tsx';

/** Create Load Balancer: one step per kind of object, the plan, and one call that makes it all. */
export function WizardPage() {
  const t = useT();
  const { navigate } = useRouter();
  const [state, setState] = useState<WizardState>(startState);
  const [tried, setTried] = useState<ReadonlySet<Step>>(new Set());
  const [refusal, setRefusal] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  // Narrow screens fold the steps under a button; the kit calls it "Wizard toggle" and takes no other name for it.
  useEffect(() => frame.current?.querySelector('.pf-v6-c-wizard__toggle')?.setAttribute('aria-label', t('wizard.steps')), [t]);
  const steps = stepsOf(state);
  const change = (part: Partial<WizardState>) => setState((now) => withFitting(now, part));
  const firstBad = steps.find((step) => !isFine(state, step));
  const submit = async () => {
    setBusy(true);
    setRefusal(null);
    try {
      const made = await create('loadbalancer', populatedBody(state) as Create<'loadbalancer'>);
      navigate(`/load-balancers/${made.id}/progress`);
    } catch (error) {
      setRefusal(error instanceof Error ? error.message : String(error));
      setBusy(false);
    }
  };
  return (
    <PageBody title={t('wizard.title')} breadcrumb={<Crumbs crumbs={[{ to: '/load-balancers', label: t('list.title') }, { to: '', label: t('wizard.title') }]} />}>
      <div ref={frame}>
        <Wizard className="create-wizard" navAriaLabel={t('wizard.steps')} isVisitRequired={false} onClose={() => navigate('/load-balancers')}>
          {steps.map((step) => {
            const isBad = tried.has(step) && !isFine(state, step);
            return (
              <WizardStep
                key={step} id={`step-${step}`} name={isBad ? <BadStep step={step} /> : t(`wizard.${step}`)}
                footer={(
                  <Footer
                    step={step} isFine={isFine(state, step)} isBusy={isBusy} canCreate={firstBad === undefined}
                    onTried={() => setTried((now) => new Set([...now, ...(step === 'review' ? steps : [step])]))} onCreate={() => void submit()}
                  />
                )}
              >
                <StepBody step={step} state={state} change={change} isTried={tried.has(step)} refusal={refusal} />
              </WizardStep>
            );
          })}
        </Wizard>
      </div>
    </PageBody>
  );
}

/** The kit's own mark of a step where something is wrong says so in English only. */
function BadStep({ step }: { step: Step }) {
  const t = useT();
  return <span className="problem"><RhUiErrorFillIcon /> <span className="pf-v6-screen-reader">{t('notice.danger')}</span> {t(`wizard.${step}`)}</span>;
}

interface StepBodyProps {
  readonly step: Step;
  readonly state: WizardState;
  readonly change: (part: Partial<WizardState>) => void;
  readonly isTried: boolean;
  readonly refusal: string | null;
}

const SWITCHES = { listener: 'hasListener', pool: 'hasPool', monitor: 'hasMonitor' } as const;

function StepBody({ step, state, change, isTried, refusal }: StepBodyProps) {
  const t = useT();
  const { fields, whole } = problemsOfStep(state, step);
  const name = step === 'listener' || step === 'pool' || step === 'monitor' ? SWITCHES[step] : null;
  return (
    <Form noValidate onSubmit={(event) => event.preventDefault()}>
      <Content component="p">{t(`wizard.${step}-help`)}</Content>
      {isTried && whole !== null && <Notice variant="danger" isInline title={typeof whole === 'string' ? whole : t(whole.key, whole.values)} />}
      {step === 'review' && refusal !== null && <Notice variant="danger" isInline title={refusal} />}
      {name !== null && (step === 'listener' || step === 'pool' || step === 'monitor') && <Checkbox id={`with-${step}`} label={t(`wizard.with-${step}`)} isChecked={state[name]} onChange={(_event, isOn) => change({ [name]: isOn })} />}
      {(name === null || state[name]) && <StepContent {...{ step, state, change, isTried }} problems={isTried ? fields : {}} />}
    </Form>
  );
}

interface FooterProps {
  readonly step: Step;
  readonly isFine: boolean;
  readonly isBusy: boolean;
  readonly canCreate: boolean;
  readonly onTried: () => void;
  readonly onCreate: () => void;
}

/** Next stays where something is missing and shows it. */
function Footer({ step, isFine: isStepFine, isBusy, canCreate, onTried, onCreate }: FooterProps) {
  const t = useT();
  const { goToNextStep, goToPrevStep, close, activeStep } = useWizardContext();
  const next = () => {
    onTried();
    if (isStepFine) void goToNextStep();
  };
  return (
    <WizardFooterWrapper>
      <div className="wizard-buttons">
        {step === 'review'
          ? <BusyButton isBusy={isBusy} isDisabled={!canCreate} onClick={onCreate}>{t('wizard.create')}</BusyButton>
          : <Button onClick={next}>{t('action.next')}</Button>}
        <Button variant="secondary" isDisabled={activeStep.index === 1} onClick={() => void goToPrevStep()}>{t('action.back')}</Button>
        <Button variant="link" onClick={() => close()}>{t('action.cancel')}</Button>
        {step === 'review' && !canCreate && <span className="problem">{t('form.correct')}</span>}
      </div>
    </WizardFooterWrapper>
  );
}
