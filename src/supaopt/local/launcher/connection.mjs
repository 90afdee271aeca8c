// A connection that treats Postgres as PostgREST does. `mended(name)` is true unless a test has
// switched that mend off, to prove that it is needed.
import { AsyncLocalStorage } from "node:async_hooks";
import { PostgresConnection } from "@supabase/lite/postgres";
import { sql } from "kysely";
import { withDefaults } from "./defaults.mjs";
import { showEscapes } from "./filters.mjs";
import { httpStatus } from "./statuses.mjs";

// The request on whose behalf a statement runs, and who sent it.
export const currentCaller = new AsyncLocalStorage();

export const API_ROLES = new Set(["anon", "authenticated", "service_role"]);

const withT = (text) => text.replace(" ", "T");
const withOffset = (text) => withT(text).replace(/([+-]\d\d)$/, "$1:00");
// JSON has no NaN and no Infinity; PostgREST writes those as strings.
const exactNumber = (text) => (/^-?\d/.test(text) ? JSON.rawJSON(text) : text);
const exactInteger = (text) => (Number.isSafeInteger(Number(text)) ? Number(text) : JSON.rawJSON(text));
// Numbers that JavaScript would write back otherwise: 1.50, 1e3, 9007199254740993.
const hasFragileNumber = (text) => /\d\.\d*0(?!\d)|\d[eE][-+\d]|\d{16}/.test(text);
const exactJson = (text) => (hasFragileNumber(text) ? JSON.parse(text, keepNumber) : JSON.parse(text));

function keepNumber(_key, value, { source }) {
  return typeof value === "number" && String(value) !== source ? JSON.rawJSON(source) : value;
}

// The server writes a json argument as text, which the driver would write as a json string. The
// mark tells the driver which texts are json already.
const JSON_TEXT = "\u0001json ";
const jsonText = (value) =>
  typeof value === "string" && value.startsWith(JSON_TEXT) ? value.slice(JSON_TEXT.length) : JSON.stringify(value);

function jsonType(oid, mended) {
  const serialize = mended("json") ? jsonText : JSON.stringify;
  return { to: oid, from: [oid], serialize, parse: mended("numbers") ? exactJson : JSON.parse };
}

function wireTypes(mended) {
  const asIs = (value) => value;
  const types = {};
  if (mended("timestamps")) {
    types.timestamptz = { to: 1184, from: [1184], serialize: asIs, parse: withOffset };
    types.timestamp = { to: 1114, from: [1114], serialize: asIs, parse: withT };
  }
  if (mended("numbers")) {
    types.bigint = { to: 20, from: [20], serialize: String, parse: exactInteger };
    types.numeric = { to: 1700, from: [1700], serialize: String, parse: exactNumber };
  }
  types.json = jsonType(114, mended);
  types.jsonb = jsonType(3802, mended);
  return types;
}

export class Connection extends PostgresConnection {
  constructor({ url, max, mended }) {
    super({ url, postgresOptions: { max, onnotice: () => {}, types: wireTypes(mended) } });
    this.mended = mended;
  }

  // Stopping does not wait for queries: the database that they run in is about to go.
  async close() {
    await this.driver.end({ timeout: 0.1 });
  }

  // The original grants everything on every table to every role, on the first request.
  async ensureRlsContext() {
    return this.mended("grants") ? true : super.ensureRlsContext();
  }

  async applyJwtSessionContext(transaction, variables, isCustomRole) {
    if (!this.mended("context")) return super.applyJwtSessionContext(transaction, variables, isCustomRole);
    const role = variables.auth?.role || "anon";
    const settings = {
      "request.jwt.claim.sub": String(variables.auth?.uid ?? ""),
      "request.jwt.claim.role": role,
      "request.jwt.claims": JSON.stringify(variables.auth?.jwt ?? { role }),
      ...requestSettings(currentCaller.getStore()?.request),
      ...(await this.roleSettings(role)),
      role,
    };
    const calls = Object.entries(settings).map(([name, value]) => sql`set_config(${name}, ${value}, true)`);
    await sql`select ${sql.join(calls)}`.execute(transaction);
  }

  // Postgres applies a role's settings at login only; PostgREST applies them per request.
  async roleSettings(role) {
    if (!this.mended("timeouts")) return {};
    this.settingsOfRoles ??= await readRoleSettings(this.kysely);
    return this.settingsOfRoles.get(role) ?? {};
  }

  async clearSchemaCache() {
    this.settingsOfRoles = undefined;
    return super.clearSchemaCache();
  }

  async onPostgrestAST(ast, variables) {
    const judged = await super.onPostgrestAST(ast, variables);
    if (judged.function && this.mended("json")) judged.args = await this.markJson(judged);
    if (judged.values && this.mended("defaults")) judged.values = withDefaults(judged, await this.firstColumn(judged));
    return currentCaller.getStore()?.isDisguised ? { ...showEscapes(judged), values: judged.values } : judged;
  }

  async firstColumn({ schema = "public", from }) {
    const { columns } = await this.introspect({ useCache: true });
    return columns.find((column) => column.table === from && column.schema === schema)?.name;
  }

  async markJson({ function: name, schema = "public", args }) {
    if (!args || Array.isArray(args)) return args;
    const given = Object.entries(args);
    const { functions = [] } = await this.introspect({ useCache: true });
    const candidates = functions.filter(
      (one) => one.schema === schema && one.name === name && given.every(([argument]) => one.arg_names.includes(argument)),
    );
    if (candidates.length !== 1) return args;
    const [{ arg_names: names, arg_types: types }] = candidates;
    const isJson = (argument) => ["json", "jsonb"].includes(types[names.indexOf(argument)]);
    // A query parameter is the text of a value, a member of a body is a value.
    const text = currentCaller.getStore()?.request.method === "GET" ? String : JSON.stringify;
    return Object.fromEntries(
      given.map(([argument, value]) =>
        value !== null && isJson(argument) ? [argument, JSON_TEXT + text(value)] : [argument, value],
      ),
    );
  }

  // Every refusal keeps PostgREST's body {code, message, details, hint}. The server already does
  // so for 42501 (401 or 403, by caller) and for 42703 (it qualifies the column's name).
  normalizeDbError(error) {
    const code = error?.code;
    if (!this.mended("errors") || typeof code !== "string") return error;
    if (!/^[0-9A-Z]{5}$/.test(code) || code === "PGRST" || /^PT|^42501|^42703/.test(code)) return error;
    const body = { code, message: error.message, details: error.detail ?? null, hint: error.hint ?? null };
    const detail = JSON.stringify({ status: httpStatus(code), headers: {} });
    return { code: "PGRST", message: JSON.stringify(body), detail };
  }

  async withContext(variables, run, options) {
    const rpc = options?.rpc;
    if (!rpc || rpc.readOnly || !this.mended("readonly") || !(await this.isReadOnly(rpc))) {
      return super.withContext(variables, run, options);
    }
    return super.withContext(variables, run, { ...options, rpc: { ...rpc, readOnly: true } });
  }

  // PostgREST runs STABLE and IMMUTABLE functions in READ ONLY transactions, by POST too.
  async isReadOnly(rpc) {
    const name = decodeURIComponent(rpc.path.replace(/^.*\/rpc\//, ""));
    const { functions = [] } = await this.introspect({ useCache: true });
    const candidates = functions.filter((candidate) => candidate.name === name);
    return candidates.length > 0 && candidates.every((candidate) => candidate.volatility !== "v");
  }
}

function requestSettings(request) {
  if (!request) return {};
  const headers = Object.fromEntries(request.headers);
  const settings = {
    "request.method": request.method,
    "request.path": new URL(request.url).pathname.replace(/^\/rest\/v1/, ""),
    "request.headers": JSON.stringify(headers),
  };
  if (request.method === "GET" || request.method === "HEAD") settings.transaction_read_only = "on";
  return settings;
}

async function readRoleSettings(db) {
  const { rows } = await sql`
    select r.rolname as role, split_part(s.setting, '=', 1) as name,
           substr(s.setting, strpos(s.setting, '=') + 1) as value
    from pg_catalog.pg_db_role_setting d
    join pg_catalog.pg_roles r on r.oid = d.setrole
    cross join lateral unnest(d.setconfig) as s(setting)
    join pg_catalog.pg_settings g on g.name = split_part(s.setting, '=', 1) and g.context = 'user'
    where d.setdatabase in (0, (select oid from pg_catalog.pg_database where datname = current_database()))
    order by d.setdatabase`.execute(db);
  const settings = new Map();
  for (const { role, name, value } of rows) settings.set(role, { ...settings.get(role), [name]: value });
  return settings;
}
