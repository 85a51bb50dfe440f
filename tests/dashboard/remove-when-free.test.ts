import { expect, it } from 'vitest';
import { ServiceFault } from '../../dashboard/src/api/http.ts';
import { removeUnlessGone, removeWhenFree } from '../../dashboard/src/dialogs/remove-when-free.ts';

const answering = (faults: ServiceFault[]) => async () => {
  const fault = faults.shift();
  if (fault !== undefined) throw fault;
};

it('waits for a load balancer that is being changed, and takes what is gone for deleted', async () => {
  const busy = new ServiceFault(409, 'Load Balancer x is immutable and cannot be updated.');
  await removeWhenFree(answering([busy, busy, new ServiceFault(404, 'Pool y not found.')]), 1);
  await removeUnlessGone(answering([new ServiceFault(404, 'Load Balancer x not found.')]));
});

it('tells every other refusal', async () => {
  await expect(removeWhenFree(answering([new ServiceFault(409, 'Pool y is in use and cannot be deleted.')]), 1)).rejects.toThrow('in use');
  await expect(removeUnlessGone(answering([new ServiceFault(403, 'Policy does not allow this request.')]))).rejects.toThrow('Policy');
});
