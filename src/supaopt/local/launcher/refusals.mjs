// How Supabase Auth says no: two forms of body, by the version that the caller asks for.
const VERSION_HEADER = "x-supabase-api-version";
const VERSION = "2024-01-01";

export class Refusal extends Error {
  constructor(status, code, message, details = {}) {
    super(message);
    Object.assign(this, { status, code, details });
  }

  toResponse(request) {
    const { status, code, message, details } = this;
    const headers = { "x-sb-error-code": code };
    const asked = request.headers.get(VERSION_HEADER) ?? "";
    if (!/^\d{4}-\d\d-\d\d$/.test(asked) || asked < VERSION) {
      return Response.json({ code: status, error_code: code, msg: message, ...details }, { status, headers });
    }
    headers[VERSION_HEADER] = VERSION;
    return Response.json({ code, message, ...details }, { status, headers });
  }
}

export const invalid = (message) => new Refusal(400, "validation_failed", message);
export const unexpected = (message) => new Refusal(500, "unexpected_failure", message);

// Answers with what *serve* returns or refuses. An error of any other kind is ours or the
// database's: it goes to the log, by its message alone, since its details would quote rows.
export async function answering(request, serve) {
  try {
    return await serve();
  } catch (error) {
    if (error instanceof Refusal) return error.toResponse(request);
    console.error(`${error.name}: ${error.message}`);
    return unexpected("Unexpected failure, please check server logs for more information").toResponse(request);
  }
}
