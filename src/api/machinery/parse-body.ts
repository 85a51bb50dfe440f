import { decodeCreate, decodeUpdate, isJsonObject, unknownAttributes } from '../../model/resources/decode-body.ts';
import type { CreateBody, Fields, Resource, UpdateBody } from '../../model/resources/resource.ts';
import { invalidField, pythonText } from '../../model/violation.ts';
import { missingArgument, notJson } from './faults.ts';

/** POST body text to a typed object; throws the fault or RuleViolation of contracts section 6. */
export function parseCreate<F extends Fields>(resource: Resource<F>, body: string): CreateBody<Resource<F>> {
  return decodeCreate(resource, rootValue(body, resource.root, resource.argument));
}

/** PUT body text to a typed object. */
export function parseUpdate<F extends Fields>(resource: Resource<F>, body: string): UpdateBody<Resource<F>> {
  return decodeUpdate(resource, rootValue(body, resource.root, resource.updateArgument));
}

/** Body of a batch: `{<collection>: [create bodies]}`. */
export function parseBatch<F extends Fields>(resource: Resource<F>, body: string): readonly CreateBody<Resource<F>>[] {
  const argument = `${resource.collection}_`;
  const items = rootValue(body, resource.collection, argument);
  if (!Array.isArray(items)) throw invalidField(resource.collection, items, `Value not a valid list: ${pythonText(items)}`);
  return items.map((item: unknown) => decodeCreate(resource, item, `${argument}.${resource.collection}`));
}

function rootValue(body: string, root: string, argument: string): unknown {
  if (body.trim() === '') throw missingArgument(argument);
  const json = parseJson(body);
  if (!isJsonObject(json)) throw notJson();
  const unknown = Object.keys(json).filter((name) => name !== root);
  if (unknown.length > 0) throw unknownAttributes(argument, unknown);
  const value = json[root];
  if (value === undefined || value === null) throw missingArgument(root);
  return value;
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw Object.assign(notJson(), { cause: error });
  }
}
