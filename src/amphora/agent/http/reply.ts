/** One answer of the agent. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

/** `{"message":"OK"}`, with details when given. */
export function ok(status = 200, details?: string, headers?: Readonly<Record<string, string>>): Reply {
  return json(status, { message: 'OK', ...(details !== undefined && { details }) }, headers);
}

export function plainText(text: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status: 200, headers: { 'content-type': 'text/plain; charset=UTF-8', ...headers }, body: text };
}

/** A refusal of a handler: `{"message","details"}`. Thrown or returned, the answer is the same. */
export class Refusal extends Error {
  readonly reply: Reply;

  constructor(status: number, message: string | null, details?: string) {
    super(message ?? details ?? String(status));
    this.reply = json(status, { ...(message !== null && { message }), ...(details !== undefined && { details }) });
  }
}

const SENTENCES: Readonly<Record<number, string>> = {
  400: 'Bad Request: ',
  404: 'Not Found: The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.',
  405: 'Method Not Allowed: The method is not allowed for the requested URL.',
  408: 'Request Timeout: The server closed the network connection because the browser didn\'t finish the request within the specified time.',
  413: 'Request Entity Too Large: The data value transmitted exceeds the capacity limit.',
  500: 'Internal Server Error: The server encountered an internal error and was unable to complete your request. Either the server is overloaded or there is an error in the application.',
};

/** An error of the HTTP layer: `{"error","http_code"}`. */
export class HttpFault extends Error {
  readonly reply: Reply;

  constructor(status: 400 | 404 | 405 | 408 | 413 | 500, description = '', headers: Readonly<Record<string, string>> = {}) {
    super(`${status} ${SENTENCES[status]}${description}`);
    this.reply = json(status, { error: this.message, http_code: status }, headers);
  }
}
