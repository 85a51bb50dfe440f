interface Ended {
  readonly user: { readonly name: string; readonly domain: string };
  readonly project: { readonly id: string } | null;
  readonly region: string | null;
}

/** What somebody who signs in again keeps: the calls that wait are repeated in the project and region they were meant for. */
export const keptOf = ({ user, project, region }: Ended) => ({ user: user.name, domain: user.domain, ...(project !== null && { project: project.id }), ...(region !== null && { region }) });
