import { sql, type RawBuilder } from 'kysely';

/** A condition for lists of amphorae: those whose load balancer belongs to the project. Amphorae themselves know no project. */
export function amphoraeOfProject(projectId: string): { readonly column: 'id'; readonly value: RawBuilder<string> } {
  return {
    column: 'id',
    value: sql<string>`(select owned.id from amphora as owned inner join load_balancer on load_balancer.id = owned.load_balancer_id where owned.id = amphora.id and load_balancer.project_id = ${projectId})`,
  };
}
