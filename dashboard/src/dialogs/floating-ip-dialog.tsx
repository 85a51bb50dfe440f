import { FormGroup, FormSelect, FormSelectOption, Form } from '@patternfly/react-core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { createFloatingIp, freeFloatingIps, listFloatingIps, listNetworks, placeFloatingIp, type FloatingIp, type FloatingTarget } from '../api/cloud.ts';
import { useToast } from '../components/toasts.tsx';
import { useT } from '../i18n/i18n.tsx';
import { ConfirmDialog } from './confirm-dialog.tsx';

const FLOATING_IPS = ['floating-ips'] as const;

/** The floating IP on a VIP's port; null when it has none. */
export function useFloatingIp(portId: string | null | undefined, isEnabled: boolean): FloatingIp | null {
  const { data } = useQuery({ queryKey: FLOATING_IPS, queryFn: listFloatingIps, enabled: isEnabled, retry: false });
  return data?.find((one) => typeof portId === 'string' && one.port_id === portId) ?? null;
}

interface FloatingIpDialogProps {
  readonly target: FloatingTarget;
  readonly current: FloatingIp | null;
  /** Whose load balancer it is. */
  readonly projectId: string;
  readonly onClose: () => void;
}

/** Gives the VIP a floating IP (a free one, or a new one of an external network), or takes it away. */
export function FloatingIpDialog({ target, current, projectId, onClose }: FloatingIpDialogProps) {
  const t = useT();
  const say = useToast();
  const client = useQueryClient();
  const addresses = useQuery({ queryKey: FLOATING_IPS, queryFn: listFloatingIps });
  const networks = useQuery({ queryKey: ['choices', 'networks'], queryFn: listNetworks });
  const free = freeFloatingIps(addresses.data ?? [], projectId);
  const external = networks.data?.filter((network) => network['router:external'] === true) ?? [];
  const [chosen, setChosen] = useState('');
  const first = free[0] ? `ip:${free[0].id}` : external[0] ? `network:${external[0].id}` : '';
  const choice = chosen === '' ? first : chosen;
  const confirm = async () => {
    if (current !== null) await placeFloatingIp(current.id, null);
    else if (choice.startsWith('ip:')) await placeFloatingIp(choice.slice(3), target);
    else if (choice.startsWith('network:')) await createFloatingIp(choice.slice(8), target);
    else throw new Error(t('floating.none'));
    say({ variant: 'success', title: t('dialog.accepted') });
    await client.invalidateQueries({ queryKey: FLOATING_IPS });
  };
  const title = current === null ? t('floating.associate') : t('floating.disassociate');
  return (
    <ConfirmDialog title={title} confirm={title} onConfirm={confirm} onClose={onClose}>
      {current !== null ? t('floating.disassociate-explained', { address: current.floating_ip_address }) : (
        <Form onSubmit={(event) => event.preventDefault()}>
          <FormGroup label={t('kind.floating-ip')} fieldId="floating-ip">
            <FormSelect id="floating-ip" value={choice} onChange={(_event, value) => setChosen(value)}>
              {first === '' && <FormSelectOption value="" label={t('floating.none')} isPlaceholder />}
              {free.map((one) => <FormSelectOption key={one.id} value={`ip:${one.id}`} label={one.floating_ip_address} />)}
              {external.map((network) => <FormSelectOption key={network.id} value={`network:${network.id}`} label={t('floating.new', { network: network.name })} />)}
            </FormSelect>
          </FormGroup>
        </Form>
      )}
    </ConfirmDialog>
  );
}
