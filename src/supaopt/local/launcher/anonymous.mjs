// Sign-in without credentials: a user of whom nothing is known, and a session that can be refreshed.
import { randomBytes, randomUUID } from "node:crypto";
import { readAttributes } from "./attributes.mjs";
import { answering } from "./refusals.mjs";
import { changeUser, insertUser, loadJson, logEvent } from "./users.mjs";

const LIFETIME_SECONDS = 3600;

// Whether it is a sign-up that names neither e-mail nor phone.
export async function isAnonymous(request, pathname) {
  if (pathname !== "/auth/v1/signup" || request.method !== "POST") return false;
  const body = await request.clone().json().catch(() => null);
  return body !== null && typeof body === "object" && !body.email && !body.phone;
}

export function signInAnonymously(request, db, issuer) {
  return answering(request, async () => {
    const { data = {} } = await readAttributes(request);
    const { id, session, refreshToken } = await db.begin((transaction) => createSession(transaction, data));
    const user = await loadJson(db, id);
    const now = Math.floor(Date.now() / 1000);
    const expires = now + LIFETIME_SECONDS;
    const claims = { aud: user.aud, exp: expires, iat: now, sub: id, role: user.role, session_id: session };
    // Nobody could ever come back as a visitor whom the hook refuses.
    const token = await issuer.issue(claims, user, "anonymous").catch(async (error) => {
      await db`delete from auth.users where id = ${id}`;
      throw error;
    });
    return Response.json({
      access_token: token,
      token_type: "bearer",
      expires_in: LIFETIME_SECONDS,
      expires_at: expires,
      refresh_token: refreshToken,
      user,
    });
  });
}

async function createSession(db, data) {
  const id = await insertUser(db, { id: randomUUID(), is_anonymous: true, raw_user_meta_data: data });
  await changeUser(db, id, { last_sign_in_at: new Date().toISOString() });
  await logEvent(db, "login", { actor: id, username: "", traits: { provider: "anonymous" } });
  const session = randomUUID();
  const refreshToken = randomBytes(9).toString("base64url");
  await db`insert into auth.sessions (id, user_id, aal) values (${session}, ${id}, 'aal1')`;
  await db`
    insert into auth.refresh_tokens (id, token, user_id, session_id)
    values (${randomUUID()}, ${refreshToken}, ${id}, ${session})`;
  return { id, session, refreshToken };
}
