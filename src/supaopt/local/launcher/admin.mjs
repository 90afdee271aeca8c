// Supabase Auth's admin API for users: /admin/users and /admin/users/{id}, for service_role alone.
import { randomBytes, randomUUID } from "node:crypto";
import {
  banEnd, checkedEmail, checkedId, checkedPhone, hashPassword, isUuid, readAttributes, requireStrong,
} from "./attributes.mjs";
import { answering, invalid, Refusal, unexpected } from "./refusals.mjs";
import {
  changeUser, findUser, insertUser, isTaken, listUsers, loadJson, logEvent, logOut, obscureUser, putIdentity,
} from "./users.mjs";

const PATH = /^\/auth\/v1\/admin\/users(?:\/([^/]*))?$/;
const ADMIN_ROLES = new Set(["service_role", "supabase_admin"]);
const AUDIENCE = "authenticated";
// A new password or address ends what was sent out to prove the old ones.
const NO_PENDING_TOKENS = {
  confirmation_token: null, confirmation_sent_at: null, recovery_token: null, recovery_sent_at: null,
  email_change_token_current: null, email_change_token_new: null, email_change_sent_at: null,
  phone_change_token: null, phone_change_sent_at: null, reauthentication_token: null, reauthentication_sent_at: null,
};
const ROUTES = {
  collection: { GET: list, POST: create },
  user: { GET: async (_request, db, user) => Response.json(await loadJson(db, user.id)), PUT: update, DELETE: remove },
};

export const isAdminPath = (pathname) => PATH.test(pathname);

export function serveAdmin(request, db, gateway) {
  return answering(request, async () => {
    const id = PATH.exec(new URL(request.url).pathname)[1];
    const routes = id === undefined ? ROUTES.collection : ROUTES.user;
    const handler = routes[request.method];
    if (!handler) return new Response(null, { status: 405, headers: { Allow: Object.keys(routes).join(", ") } });
    if (!ADMIN_ROLES.has(await gateway.roleOf(request))) throw new Refusal(403, "not_admin", "User not allowed");
    return handler(request, db, id === undefined ? undefined : await load(db, id));
  });
}

async function load(db, id) {
  if (!isUuid(id)) throw new Refusal(404, "validation_failed", "user_id must be an UUID");
  const user = await findUser(db, id);
  if (!user) throw new Refusal(404, "user_not_found", "User not found");
  return user;
}

async function list(request, db) {
  const url = new URL(request.url);
  const page = Math.max(numberOf(url, "page", 1), 1);
  const perPage = numberOf(url, "per_page", 50);
  if (perPage === 0) throw invalid("Bad Pagination Parameters: per_page must be greater than 0");
  const { total, users } = await listUsers(db, { page, perPage, aud: AUDIENCE });
  const headers = { "X-Total-Count": String(total), Link: links(url, page, Math.ceil(total / perPage)) };
  return Response.json({ users, aud: AUDIENCE }, { headers });
}

function numberOf(url, name, fallback) {
  const text = url.searchParams.get(name);
  if (!text) return fallback;
  if (!/^\d{1,9}$/.test(text)) {
    throw invalid(`Bad Pagination Parameters: strconv.ParseUint: parsing "${text}": invalid syntax`);
  }
  return Number(text);
}

// The paths are those behind the gateway, as Supabase Auth sees them.
function links(url, page, pages) {
  const link = (number, relation) => {
    const query = new URLSearchParams(url.searchParams);
    query.set("page", number);
    query.sort();
    return `</admin/users?${query}>; rel="${relation}"`;
  };
  return [...(pages > page ? [link(page + 1, "next")] : []), link(pages, "last")].join(", ");
}

async function create(request, db) {
  const wanted = await readAttributes(request);
  const addresses = await newAddresses(db, wanted);
  const providers = Object.keys(addresses);
  const row = {
    id: wanted.id ? checkedId(wanted.id) : randomUUID(),
    aud: wanted.aud || AUDIENCE,
    ...addresses,
    encrypted_password: await newPassword(wanted),
    raw_user_meta_data: wanted.user_metadata ?? {},
    raw_app_meta_data: { provider: providers[0], providers },
  };
  const changes = attributeChanges(wanted, row);
  // In two steps, so that a trigger on insert sees what it sees on the hosted platform.
  return write(db, row.id, "Database error creating new user", async (transaction) => {
    await insertUser(transaction, row);
    for (const provider of providers) await putIdentity(transaction, row.id, provider, row[provider]);
    await logByAdmin(transaction, "user_signedup", row, { provider: providers[0] });
    await changeUser(transaction, row.id, changes);
  });
}

async function newAddresses(db, { email, phone, aud }) {
  if (!email && !phone) throw invalid("Cannot create a user without either an email or phone");
  const addresses = {};
  if (email) {
    addresses.email = checkedEmail(email);
    if (await isTaken(db, "email", addresses.email, aud || AUDIENCE)) {
      throw new Refusal(422, "email_exists", "A user with this email address has already been registered");
    }
  }
  if (phone) {
    addresses.phone = checkedPhone(phone);
    if (await isTaken(db, "phone", addresses.phone, aud || AUDIENCE)) {
      throw new Refusal(422, "phone_exists", "Phone number already registered by another user");
    }
  }
  return addresses;
}

async function newPassword({ password, password_hash: hashed }) {
  if (password !== undefined && hashed) throw invalid("Only a password or a password hash should be provided");
  if (password) requireStrong(password);
  if (!hashed) return hashPassword(password || randomBytes(48).toString("base64url"));
  if (!/^\$2[aby]\$\d\d\$.{53}$/.test(hashed)) throw unexpected("Error creating user");
  return hashed;
}

// The columns that *wanted* changes, for a user who has *row*.
function attributeChanges(wanted, row) {
  const now = new Date().toISOString();
  const { email_confirm: emailConfirm, phone_confirm: phoneConfirm } = wanted;
  const userMetadata = { ...(emailConfirm && { email_verified: true }), ...wanted.user_metadata };
  return {
    role: wanted.role?.trim() || undefined,
    email_confirmed_at: emailConfirm ? now : undefined,
    phone_confirmed_at: phoneConfirm ? now : undefined,
    confirmation_token: emailConfirm || phoneConfirm ? null : undefined,
    raw_app_meta_data: wanted.app_metadata && merged(row.raw_app_meta_data, wanted.app_metadata),
    raw_user_meta_data: (emailConfirm || wanted.user_metadata) && merged(row.raw_user_meta_data, userMetadata),
    banned_until: banEnd(wanted.ban_duration),
  };
}

// A member that is null goes.
const merged = (old, updates) =>
  Object.fromEntries(Object.entries({ ...old, ...updates }).filter(([, value]) => value !== null));

async function update(request, db, user) {
  const wanted = await readAttributes(request);
  const addresses = {
    ...(wanted.email && { email: checkedEmail(wanted.email) }),
    ...(wanted.phone && { phone: checkedPhone(wanted.phone) }),
  };
  const changes = { ...attributeChanges(wanted, user), ...addresses };
  if (wanted.password !== undefined) {
    requireStrong(wanted.password);
    changes.encrypted_password = await hashPassword(wanted.password);
  }
  if (wanted.password !== undefined || Object.keys(addresses).length > 0) Object.assign(changes, NO_PENDING_TOKENS);
  const confirmed = { email: wanted.email_confirm ?? false, phone: wanted.phone_confirm ?? false };
  if (Object.keys(addresses).some((provider) => confirmed[provider])) changes.is_anonymous = false;
  return write(db, user.id, "Error updating user", async (transaction) => {
    await changeUser(transaction, user.id, changes);
    for (const [provider, address] of Object.entries(addresses)) {
      await putIdentity(transaction, user.id, provider, address, confirmed[provider]);
    }
    if (wanted.password !== undefined) await logOut(transaction, user.id);
    await logByAdmin(transaction, "user_modified", { ...user, ...addresses });
  });
}

async function remove(request, db, user) {
  const { should_soft_delete: soft } = await readAttributes(request, "{}");
  await inTransaction(db, soft ? "Error soft deleting user" : "Database error deleting user", async (transaction) => {
    await logByAdmin(transaction, "user_deleted", user);
    if (!soft) await transaction`delete from auth.users where id = ${user.id}`;
    else if (!user.deleted_at) await obscureUser(transaction, user);
  });
  return Response.json({});
}

async function write(db, id, failure, statements) {
  await inTransaction(db, failure, statements);
  return Response.json(await loadJson(db, id));
}

// A constraint or a trigger of the project may refuse; callers learn only that it did.
async function inTransaction(db, failure, statements) {
  try {
    await db.begin(statements);
  } catch (error) {
    console.error(`${failure}: ${error.code} ${error.message}`);
    throw unexpected(failure);
  }
}

function logByAdmin(db, action, { id, email, phone }, more = {}) {
  const traits = { user_id: id, user_email: email ?? "", user_phone: phone ?? "", ...more };
  return logEvent(db, action, { username: "service_role", traits });
}
