// What callers of the admin API may say of a user: read, checked, and normalised.
import { hash } from "bcryptjs";
import { invalid, Refusal } from "./refusals.mjs";

const TYPES = {
  id: "string", aud: "string", role: "string", email: "string", phone: "string", password: "string",
  password_hash: "string", email_confirm: "boolean", phone_confirm: "boolean", user_metadata: "object",
  app_metadata: "object", ban_duration: "string", should_soft_delete: "boolean", data: "object",
};
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const DURATION = /^(\d+(\.\d+)?(ms|s|m|h))+$/;
const MILLISECONDS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const BCRYPT_COST = 10;
const MAX_PASSWORD_BYTES = 72;
const MIN_PASSWORD_BYTES = 6;

export const isUuid = (text) => UUID.test(text);

// Members that are null count as absent; members of another type are refused, as a typed parser does.
export async function readAttributes(request, whenEmpty = "") {
  let body;
  try {
    body = JSON.parse((await request.text()) || whenEmpty);
  } catch (error) {
    throw unreadable(error.message);
  }
  if (kindOf(body) !== "object") throw unreadable(`cannot unmarshal ${kindOf(body)} into an object`);
  const given = Object.entries(body).filter(([name, value]) => name in TYPES && value !== null);
  const wrong = given.find(([name, value]) => kindOf(value) !== TYPES[name]);
  if (wrong) throw unreadable(`cannot unmarshal ${kindOf(wrong[1])} into field ${wrong[0]} of type ${TYPES[wrong[0]]}`);
  return Object.fromEntries(given);
}

// A parser's message may quote what it could not read, which may be a password.
const unreadable = (reason) =>
  new Refusal(400, "bad_json", `Could not parse request body as JSON: ${reason.replace(/"[^]*"/, "…")}`);

function kindOf(value) {
  if (Array.isArray(value)) return "array";
  return value === null ? "null" : typeof value;
}

export function checkedId(id) {
  if (!isUuid(id)) throw invalid("ID must conform to the uuid v4 format");
  if (/^[0-]*$/.test(id)) throw invalid("ID cannot be a nil uuid");
  return id.toLowerCase();
}

export function checkedEmail(email) {
  if (email.length > 255) throw invalid("An email address is too long");
  if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) throw invalid("Unable to validate email address: invalid format");
  return email.toLowerCase();
}

export function checkedPhone(phone) {
  const digits = phone.replace(/^\+/, "").replaceAll(" ", "");
  if (!/^[1-9][0-9]{1,14}$/.test(digits)) throw invalid("Invalid phone number format (E.164 required)");
  return digits;
}

// Undefined when nothing was said, null to lift a ban, else when it ends.
export function banEnd(duration) {
  if (!duration) return undefined;
  if (duration === "none") return null;
  if (!DURATION.test(duration)) throw invalid(`invalid format for ban duration: time: invalid duration "${duration}"`);
  const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  const milliseconds = parts.reduce((sum, [, count, unit]) => sum + Number(count) * MILLISECONDS[unit], 0);
  return milliseconds === 0 ? null : new Date(Date.now() + milliseconds).toISOString();
}

export function requireStrong(password) {
  if (Buffer.byteLength(password) > MAX_PASSWORD_BYTES) {
    throw invalid(`Password cannot be longer than ${MAX_PASSWORD_BYTES} characters`);
  }
  if (Buffer.byteLength(password) >= MIN_PASSWORD_BYTES) return;
  const message = `Password should be at least ${MIN_PASSWORD_BYTES} characters.`;
  throw new Refusal(422, "weak_password", message, { weak_password: { reasons: ["length"] } });
}

export const hashPassword = (password) => hash(password, BCRYPT_COST);
