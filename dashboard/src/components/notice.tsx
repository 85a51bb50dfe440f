import { Alert, type AlertProps } from '@patternfly/react-core';
import { useT } from '../i18n/i18n.tsx';

type NoticeProps = Omit<AlertProps, 'variant' | 'component' | 'variantLabel' | 'ref'> & { readonly variant: 'success' | 'danger' | 'warning' | 'info' };

/** A notice whose kind is read out in the reader's language. */
export function Notice({ variant, ...rest }: NoticeProps) {
  const t = useT();
  return <Alert component="div" variant={variant} variantLabel={t(`notice.${variant}`)} {...rest} />;
}
