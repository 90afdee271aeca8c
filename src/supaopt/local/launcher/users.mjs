// The rows of Supabase Auth's users, and the JSON that its API makes of them.
import { createHash, randomUUID } from "node:crypto";

const TIMES = [
  "email_confirmed_at", "invited_at", "phone_confirmed_at", "confirmation_sent_at", "confirmed_at",
  "recovery_sent_at", "email_change_sent_at", "phone_change_sent_at", "reauthentication_sent_at",
  "last_sign_in_at", "banned_until", "deleted_at",
];
const NOBODY = "00000000-0000-0000-0000-000000000000";
const LOG_TYPES = { user_signedup: "team", user_modified: "user", user_deleted: "team", login: "account" };

const inUtc = (time) => time?.replace(/\+00:00$/, "Z");
const present = (fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value));

export function userJson(row, identities) {
  return {
    id: row.id,
    aud: row.aud,
    role: row.role,
    email: row.email ?? "",
    phone: row.phone ?? "",
    ...present({ new_email: row.email_change, new_phone: row.phone_change }),
    ...present(Object.fromEntries(TIMES.map((name) => [name, inUtc(row[name])]))),
    app_metadata: row.raw_app_meta_data ?? {},
    user_metadata: row.raw_user_meta_data ?? {},
    identities: identities?.map(identityJson) ?? null,
    created_at: inUtc(row.created_at),
    updated_at: inUtc(row.updated_at),
    is_anonymous: row.is_anonymous,
  };
}

function identityJson(row) {
  return {
    identity_id: row.id,
    id: row.provider_id,
    user_id: row.user_id,
    identity_data: row.identity_data,
    provider: row.provider,
    ...present({ last_sign_in_at: inUtc(row.last_sign_in_at) }),
    created_at: inUtc(row.created_at),
    updated_at: inUtc(row.updated_at),
    ...present({ email: row.email }),
  };
}

export async function findUser(db, id) {
  const [row] = await db`select * from auth.users where id = ${id}`;
  return row;
}

export async function isTaken(db, column, value, aud) {
  const [{ taken }] = await db`
    select exists (
      select from auth.users where ${db(column)} = ${value} and aud = ${aud} and not is_sso_user
    ) as taken`;
  return taken;
}

// One page, the newest first, and how many there are in all. Identities are not loaded for a list.
export async function listUsers(db, { page, perPage, aud }) {
  const [{ total }] = await db`select count(*)::int as total from auth.users where aud = ${aud}`;
  const rows = await db`
    select * from auth.users where aud = ${aud}
    order by created_at desc limit ${perPage} offset ${(page - 1) * perPage}`;
  return { total, users: rows.map((row) => userJson(row, null)) };
}

export async function loadJson(db, id) {
  const identities = await db`select * from auth.identities where user_id = ${id} order by created_at, provider`;
  return userJson(await findUser(db, id), identities);
}

export async function insertUser(db, row) {
  const user = { aud: "authenticated", role: "authenticated", raw_user_meta_data: {}, raw_app_meta_data: {}, ...row };
  await db`insert into auth.users ${db(user)}`;
  return user.id;
}

export async function changeUser(db, id, changes) {
  const entries = Object.entries(changes).filter(([, value]) => value !== undefined);
  if (entries.length === 0) return;
  await db`update auth.users set ${db(Object.fromEntries(entries))}, updated_at = clock_timestamp() where id = ${id}`;
}

// Gives the user an identity with an address, or the one that they have another address.
export async function putIdentity(db, id, provider, address, verified = false) {
  const claims = { [provider]: address, [`${provider}_verified`]: verified };
  const changed = await db`
    update auth.identities set identity_data = identity_data || ${claims}::jsonb, updated_at = now()
    where provider = ${provider} and provider_id = ${id} returning id`;
  if (changed.length > 0) return;
  const data = { sub: id, email_verified: false, phone_verified: false, ...claims };
  await db`
    insert into auth.identities (id, provider, provider_id, user_id, identity_data, last_sign_in_at)
    values (${randomUUID()}, ${provider}, ${id}, ${id}, ${data}, now())`;
}

// Gives the user the address that they asked for; a visitor who has one is a visitor no more.
export async function confirmEmail(db, id, email) {
  await changeUser(db, id, {
    email,
    email_confirmed_at: new Date().toISOString(),
    is_anonymous: false,
    email_change: null, email_change_token_current: null, email_change_token_new: null, email_change_sent_at: null,
  });
  await putIdentity(db, id, "email", email, true);
  const rows = await db`select provider from auth.identities where user_id = ${id} order by created_at`;
  const providers = rows.map((row) => row.provider);
  await db`
    update auth.users set raw_app_meta_data = raw_app_meta_data || ${{ provider: providers[0], providers }}::jsonb
    where id = ${id}`;
}

export async function logOut(db, id) {
  await db`delete from auth.refresh_tokens where user_id = ${id}`;
  await db`delete from auth.sessions where user_id = ${id}`;
}

// A soft-deleted user keeps an id and loses everything that says who they were.
export async function obscureUser(db, { id, email, phone }) {
  const hidden = (value) => createHash("sha256").update(id + value).digest("base64url");
  await changeUser(db, id, {
    email: hidden(email ?? ""),
    phone: hidden(phone ?? "").slice(0, 15),
    encrypted_password: null,
    email_change: null, phone_change: null, confirmation_token: null, recovery_token: null,
    email_change_token_current: null, email_change_token_new: null, phone_change_token: null,
    raw_user_meta_data: {},
    raw_app_meta_data: {},
    deleted_at: new Date().toISOString(),
  });
  const identities = await db`select id, provider, provider_id from auth.identities where user_id = ${id}`;
  for (const identity of identities) {
    const providerId = hidden(`${identity.provider}:${identity.provider_id}`);
    await db`update auth.identities set identity_data = '{}', provider_id = ${providerId} where id = ${identity.id}`;
  }
  await logOut(db, id);
}

// Says in the audit log who did what: the user themselves, or whoever held the secret key.
export async function logEvent(db, action, { actor, username, traits }) {
  const payload = {
    action,
    actor_id: actor ?? NOBODY,
    actor_username: username,
    actor_via_sso: false,
    log_type: LOG_TYPES[action],
    traits,
  };
  await db`insert into auth.audit_log_entries (id, payload) values (${randomUUID()}, ${payload})`;
}
