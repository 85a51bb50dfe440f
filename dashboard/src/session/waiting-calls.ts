/** Calls that wait until their user has signed in again. */
export interface WaitingCalls {
  readonly wait: () => Promise<void>;
  /** The user is back: the calls are repeated. */
  readonly goOn: () => void;
  /** Somebody else has come: what the former user asked for must not be done in another name. */
  readonly giveUp: (reason: Error) => void;
}

export function createWaitingCalls(): WaitingCalls {
  let waiting: PromiseWithResolvers<void> | null = null;
  return {
    wait: () => (waiting ??= Promise.withResolvers<void>()).promise,
    goOn: () => {
      waiting?.resolve();
      waiting = null;
    },
    giveUp: (reason) => {
      waiting?.reject(reason);
      waiting = null;
    },
  };
}
