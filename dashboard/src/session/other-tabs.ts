/** The other tabs of this browser: they share the cookie, and with it who is signed in and where. */
export interface OtherTabs {
  /** Tells them that somebody has signed in or gone to another project or region. */
  readonly tell: () => void;
  /** Calls `listener` when another tab has told; the returned function takes it back. */
  readonly onTold: (listener: () => void) => () => void;
}

export function createOtherTabs(name = 'octavia-dashboard-session'): OtherTabs {
  const channel = new BroadcastChannel(name);
  return {
    tell: () => channel.postMessage(null),
    onTold(listener) {
      channel.addEventListener('message', listener);
      return () => channel.removeEventListener('message', listener);
    },
  };
}

interface Place {
  readonly user: { readonly id: string };
  readonly project: { readonly id: string } | null;
  readonly region: string | null;
}

/** Whether both are the same user in the same project and region: what one sees, the other sees. */
export const isSamePlace = (one: Place, other: Place): boolean => one.user.id === other.user.id && one.project?.id === other.project?.id && one.region === other.region;
