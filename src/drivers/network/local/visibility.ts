/** Who looks: an administrator sees every project. */
export interface Viewer { readonly projectId: string | null; readonly isAdmin: boolean }

/** Own objects, and those that are shared or reachable from outside. */
export function isVisible(record: { readonly projectId?: string | null; readonly shared?: boolean; readonly isExternal?: boolean }, viewer: Viewer): boolean {
  return viewer.isAdmin || record.shared === true || record.isExternal === true || (typeof record.projectId === 'string' && record.projectId === viewer.projectId);
}
