// Access tokens as Supabase Auth fills them: its claims, then the project's own hook.
import { Refusal } from "./refusals.mjs";

const REQUIRED = ["iss", "aud", "exp", "iat", "sub", "role", "aal", "session_id", "email", "phone", "is_anonymous"];

const hookError = (message, status = 500) =>
  new Refusal(status, status === 500 ? "unexpected_failure" : "hook_error", message);

export function completeClaims(claims, user, { issuer, method }) {
  return {
    iss: issuer,
    ...claims,
    email: user?.email ?? claims.email ?? "",
    phone: user?.phone ?? "",
    app_metadata: user?.app_metadata ?? {},
    user_metadata: user?.user_metadata ?? {},
    aal: "aal1",
    amr: [{ method: method === "token_refresh" ? firstMethod(user) : method, timestamp: claims.iat }],
    is_anonymous: user?.is_anonymous ?? false,
  };
}

const firstMethod = (user) => (user?.is_anonymous ? "anonymous" : "password");

// Runs as supabase_auth_admin, as Supabase Auth does: a hook that lacks a grant fails here too.
export async function callHook(driver, name, claims, method) {
  if (!name || !(await exists(driver, name))) return claims;
  const event = { user_id: claims.sub, claims, authentication_method: method };
  let answer;
  try {
    [{ answer }] = await driver.begin(async (transaction) => {
      await transaction`set local statement_timeout = '2s'`;
      return transaction`select ${transaction(name)}(${event}::jsonb) as answer`;
    });
  } catch (error) {
    console.error(error);
    throw hookError(`Error running hook URI: pg-functions://postgres/${name.replace(".", "/")}`);
  }
  return checked(answer);
}

async function exists(driver, name) {
  const [{ found }] = await driver`select to_regprocedure(${`${name}(jsonb)`}) is not null as found`;
  return found;
}

function checked(answer) {
  if (answer?.error) throw hookError(answer.error.message, answer.error.http_code ?? 500);
  const missing = REQUIRED.filter((name) => answer?.claims?.[name] === undefined);
  if (missing.length === 0) return answer.claims;
  const reasons = missing.map((name) => `- (root): ${name} is required`).join("\n");
  throw hookError(`output claims do not conform to the expected schema: \n${reasons}`);
}
