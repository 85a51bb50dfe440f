import type { StoredEvent } from '../../store/events.ts';

/** One event as JSON. Numbers stay exact as text only beyond 2^53, which no history reaches. */
export function eventBody(event: StoredEvent): Record<string, unknown> {
  return {
    id: event.id, number: Number(event.seq), created_at: event.createdAt.replace(' ', 'T'), loadbalancer_id: event.loadBalancerId, project_id: event.projectId, user_id: event.userId,
    request_id: event.requestId, object_type: event.objectType, object_id: event.objectId, action: event.action, outcome: event.outcome, reason: event.reason,
  };
}
