import { Label, LabelGroup } from '@patternfly/react-core';

export function Tags({ tags }: { tags: readonly string[] }) {
  if (tags.length === 0) return null;
  return <LabelGroup numLabels={4}>{tags.map((tag) => <Label key={tag} isCompact>{tag}</Label>)}</LabelGroup>;
}
