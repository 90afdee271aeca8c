// What the Auth server answers, completed: users with what it leaves out, tokens as our own.
import { callHook, completeClaims } from "./hook.mjs";
import { Refusal } from "./refusals.mjs";
import { claimsOf } from "./tokens.mjs";
import { confirmEmail, findUser, loadJson } from "./users.mjs";

export function createIssuer(settings, tokens, db, mended) {
  // Signs *claims* for *user*, after the project's hook has had them.
  async function issue(claims, user, method) {
    const completed = completeClaims(claims, user, { issuer: `${settings.url}/auth/v1`, method });
    return tokens.issue(mended("hook") ? await callHook(db, settings.hook, completed, method) : completed);
  }

  // Returns the answer to a request for a user or a session, with what Supabase Auth would say.
  async function complete(request, response) {
    const isUser = request.url.split("?")[0].endsWith("/auth/v1/user");
    if (!response.ok || !(isUser || /\/auth\/v1\/(token|signup|verify)\b/.test(request.url))) return response;
    const answer = await response.clone().json().catch(() => null);
    if (!(isUser ? answer?.id : answer?.access_token)) return response;
    try {
      await (isUser ? completeUser(answer) : completeSession(answer, methodOf(request.url)));
    } catch (error) {
      if (error instanceof Refusal) return error.toResponse(request);
      throw error;
    }
    const headers = new Headers(response.headers);
    headers.delete("content-length");
    return new Response(JSON.stringify(answer), { status: response.status, headers });
  }

  async function completeSession(session, method) {
    const row = await completeUser(session.user);
    if (Date.parse(row?.banned_until) > Date.now()) throw new Refusal(400, "user_banned", "User is banned");
    if (!mended("claims")) return;
    session.access_token = await issue(claimsOf(session.access_token), session.user, method);
  }

  async function completeUser(user) {
    // Every address is confirmed at once, so there is nothing to wait for.
    if (user.new_email && mended("addresses")) {
      await db.begin((transaction) => confirmEmail(transaction, user.id, user.new_email));
      for (const name of ["new_email", "email_change_sent_at"]) delete user[name];
      Object.assign(user, await loadJson(db, user.id));
    }
    const row = await findUser(db, user.id);
    if (row && mended("anonymous")) Object.assign(user, { is_anonymous: row.is_anonymous, phone: row.phone ?? "" });
    return row;
  }

  return { issue, complete };
}

function methodOf(url) {
  const grant = new URL(url).searchParams.get("grant_type");
  if (grant === "refresh_token") return "token_refresh";
  return url.includes("/verify") ? "otp" : "password";
}
