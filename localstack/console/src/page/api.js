// Calls the stack.

/** Fetches JSON. Returns null for a 404. */
export async function get(path) {
  const answer = await fetch(path);
  if (answer.status === 404) {
    return null;
  }
  if (!answer.ok) {
    throw new Error(`${path}: ${answer.status}`);
  }
  return answer.json();
}

/** Sends a change, with a JSON body if there is one, and returns the answer. Throws the stack's message if refused. */
export async function send(method, path, body) {
  const json = { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(path, { method, ...(body === undefined ? {} : json) });
  const answered = await answer.json();
  if (!answer.ok) {
    throw new Error(answered.message);
  }
  return answered;
}
