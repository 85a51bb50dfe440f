import { Button, type ButtonProps } from '@patternfly/react-core';
import { useT } from '../i18n/i18n.tsx';

type BusyButtonProps = Omit<ButtonProps, 'isLoading' | 'ref'> & { readonly isBusy: boolean };

/** A button that turns while what it asked for is under way, and takes no second click. The kit's own wheel speaks English only. */
export function BusyButton({ isBusy, isDisabled = false, ...rest }: BusyButtonProps) {
  const t = useT();
  return <Button {...rest} isLoading={isBusy} isDisabled={isBusy || isDisabled} spinnerAriaLabel={t('state.loading')} spinnerAriaValueText={t('state.loading')} />;
}
