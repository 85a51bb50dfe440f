import { Card, CardBody, CardTitle, DescriptionList, DescriptionListDescription, DescriptionListGroup, DescriptionListTerm } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { Empty, Failure, LoadingPage } from '../../components/states.tsx';
import { listProviders } from '../../dialogs/use-choices.ts';
import type { SettingsField } from '../../forms/capabilities.ts';
import { useCapabilities } from '../../forms/capability-input.tsx';
import { useT } from '../../i18n/i18n.tsx';

/** The enabled providers and what flavors and zones of each may set. */
export function ProvidersTab() {
  const t = useT();
  const { data, error, refetch } = useQuery({ queryKey: ['choices', 'providers'], queryFn: listProviders });
  if (data === undefined) return error === null ? <LoadingPage /> : <Failure error={error} retry={() => void refetch()} />;
  if (data.length === 0) return <Empty title={t('operator.providers.empty')} body={t('operator.providers.empty-explained')} />;
  return (
    <div className="providers">
      {data.map(({ name, description }) => (
        <Card key={name} isCompact>
          <CardTitle component="h2">{name}</CardTitle>
          <CardBody>
            <p>{description}</p>
            <Capabilities provider={name} of="flavor_data" title={t('operator.flavor-capabilities')} />
            <Capabilities provider={name} of="availability_zone_data" title={t('operator.zone-capabilities')} />
          </CardBody>
        </Card>
      ))}
    </div>
  );
}

function Capabilities({ provider, of, title }: { provider: string; of: SettingsField; title: string }) {
  const t = useT();
  const { data, error } = useCapabilities(provider, of);
  return (
    <>
      <h3 className="part-title">{title}</h3>
      {data === undefined ? <p className="subtle">{error === null ? t('state.loading') : error.message}</p> : data.length === 0 ? <p className="subtle">{t('state.none')}</p> : (
        <DescriptionList isCompact isHorizontal>
          {data.map((capability) => (
            <DescriptionListGroup key={capability.name}>
              <DescriptionListTerm>{capability.name}</DescriptionListTerm>
              <DescriptionListDescription>{capability.description}</DescriptionListDescription>
            </DescriptionListGroup>
          ))}
        </DescriptionList>
      )}
    </>
  );
}
