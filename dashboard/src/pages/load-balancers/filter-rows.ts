import type { ListedLoadBalancer } from '../../data/load-balancer-index.ts';

export interface Filters {
  readonly text: string;
  readonly operating: string;
  readonly provisioning: string;
  readonly tag: string;
}

/** Rows that pass all filters; every word of the text must occur in name, address, description, id or a tag. */
export function filterRows(rows: readonly ListedLoadBalancer[], filters: Filters): readonly ListedLoadBalancer[] {
  const words = filters.text.toLowerCase().split(/\s+/).filter((word) => word !== '');
  return rows.filter((row) => {
    if (filters.operating !== '' && row.operating_status !== filters.operating) return false;
    if (filters.provisioning !== '' && row.provisioning_status !== filters.provisioning) return false;
    if (filters.tag !== '' && !row.tags.includes(filters.tag)) return false;
    if (words.length === 0) return true;
    const haystack = [row.name, row.description, row.vip_address, row.id, ...row.tags].join('\n').toLowerCase();
    return words.every((word) => haystack.includes(word));
  });
}
