import { AlertActionCloseButton, AlertGroup } from '@patternfly/react-core';
import { createContext, use, useCallback, useMemo, useState, type ReactNode } from 'react';
import { useT } from '../i18n/i18n.tsx';
import { Notice } from './notice.tsx';

interface Toast {
  readonly id: number;
  readonly variant: 'success' | 'danger' | 'info';
  readonly title: string;
  readonly detail?: string;
}

type Say = (toast: Omit<Toast, 'id'>) => void;
const ToastContext = createContext<Say | null>(null);
let nextId = 0;

/** Short notices of what has been asked for and what was refused; read out to screen readers. */
export function ToastProvider({ children }: { children: ReactNode }) {
  const t = useT();
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const close = useCallback((id: number) => setToasts((shown) => shown.filter((toast) => toast.id !== id)), []);
  const say = useCallback<Say>((toast) => {
    nextId += 1;
    setToasts((shown) => [...shown.slice(-4), { ...toast, id: nextId }]);
  }, []);
  const value = useMemo(() => say, [say]);
  return (
    <ToastContext value={value}>
      {children}
      <AlertGroup isToast isLiveRegion>
        {toasts.map(({ id, variant, title, detail }) => (
          <Notice key={id} variant={variant} title={title} timeout={variant === 'danger' ? 15_000 : 5_000} onTimeout={() => close(id)} actionClose={<AlertActionCloseButton title={title} aria-label={t('action.close')} onClose={() => close(id)} />}>{detail}</Notice>
        ))}
      </AlertGroup>
    </ToastContext>
  );
}

export function useToast(): Say {
  const say = use(ToastContext);
  if (say === null) throw new Error('useToast needs a ToastProvider above it.');
  return say;
}
