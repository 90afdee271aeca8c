// The API of a local Supabase: REST and Auth on a real Postgres, by @supabase/lite, with its
// differences from the hosted platform mended. Reads its settings as one line of JSON on stdin and
// lives until stdin ends, so it never outlives the process that started it. Prints one line of
// JSON on stdout when it listens; everything else goes to stderr.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { createAdaptorServer } from "@hono/node-server";
import { App } from "@supabase/lite";
import { isAdminPath, serveAdmin } from "./admin.mjs";
import { isAnonymous, signInAnonymously } from "./anonymous.mjs";
import { Connection, currentCaller } from "./connection.mjs";
import { hideEscapes } from "./filters.mjs";
import { createGateway } from "./gateway.mjs";
import { createIssuer } from "./issuer.mjs";
import { createTokens } from "./tokens.mjs";

console.log = console.error;

let shutDown = async () => {};
async function stop() {
  await shutDown();
  process.exit(0);
}
process.on("SIGTERM", stop);
process.on("SIGINT", stop);

const settings = await new Promise((resolve) => {
  const lines = createInterface({ input: process.stdin });
  lines.once("line", (line) => resolve(JSON.parse(line)));
  lines.once("close", stop);
});
const mended = (name) => !settings.unmended.includes(name);

// What travels to callers keeps its digits; what these two servers read for themselves is plain.
const plain = (name) => name !== "numbers" && mended(name);
const admin = new Connection({ url: settings.adminUrl, max: 2, mended: plain });
const rest = new Connection({ url: settings.restUrl, max: 10, mended });
const auth = new Connection({ url: settings.authUrl, max: 5, mended: plain });
// The API's login role may see nothing by itself, so the owner of the database looks around for it.
rest.introspect = (options) => admin.introspect(options);
rest.viewOptionsMetadata = (...names) => admin.viewOptionsMetadata(...names);

const authSettings = {
  enabled: true,
  jwt_secret: settings.jwtSecret,
  jwt_expiry: 3600,
  site_url: "http://127.0.0.1:3000",
  publishable_key: settings.publishableKey,
  secret_key: settings.secretKey,
  email: { enable_confirmations: false },
};
const tokens = await createTokens(settings, { asymmetric: mended("jwks") });
const gateway = createGateway(settings, tokens, mended);
const issuer = createIssuer(settings, tokens, auth.driver, mended);

// The gateway has judged key and token already, so the REST server need not ask the database
// whether the caller's session is still there: PostgREST does not either.
const apiKeys = { resolver: async () => currentCaller.getStore()?.identity ?? null };
const restApp = createApp(rest, { enabled: true, schemas: settings.schemas, max_rows: settings.maxRows }, { apiKeys });
const authApp = createApp(auth, { enabled: false }, {});

function createApp(connection, api, server) {
  const db = { migrations: { enabled: false } };
  return new App({ connection, api, db, auth: authSettings, options: { server: { admin: false, ...server } } });
}

async function handle(request) {
  const { pathname } = new URL(request.url);
  if (pathname.startsWith("/auth/v1/.well-known/") && mended("jwks")) return discovery(pathname);
  if (pathname === "/auth/v1/health" || pathname === "/ready") return health();
  if (pathname === "/_supaopt/reload") return reload(request);
  return pathname.startsWith("/auth/v1") ? serveAuth(request, pathname) : serveRest(request);
}

function discovery(pathname) {
  const issuer = `${settings.url}/auth/v1`;
  const documents = {
    "jwks.json": tokens.jwks,
    "openid-configuration": { issuer, jwks_uri: `${issuer}/.well-known/jwks.json` },
  };
  const document = documents[pathname.split("/").at(-1)];
  const headers = { "Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=600" };
  return document ? Response.json(document, { headers }) : new Response(null, { status: 404 });
}

// The Auth server refuses unknown API keys by itself, so ours only answers those that are known.
async function serveAuth(request, pathname) {
  if (isAdminPath(pathname) && mended("admin") && (await gateway.knows(request))) {
    return serveAdmin(request, auth.driver, gateway);
  }
  if (mended("anonymous") && (await isAnonymous(request, pathname)) && (await gateway.knows(request))) {
    return signInAnonymously(request, auth.driver, issuer);
  }
  return issuer.complete(request, await authApp.fetch(await gateway.translate(request)));
}

async function serveRest(request) {
  const { refusal, kind, claims } = await gateway.identify(request);
  if (refusal) return refusal;
  const headers = new Headers(request.headers);
  headers.delete("authorization");
  const identity = kind ? { type: kind, claims } : null;
  const address = mended("escapes") ? hideEscapes(request.url) : request.url;
  const isDisguised = address !== request.url;
  const plain = new Request(request, { headers });
  const forwarded = isDisguised ? new Request(address, plain) : plain;
  return currentCaller.run({ request, identity, isDisguised }, () => restApp.fetch(forwarded));
}

async function health() {
  try {
    await admin.driver`select 1`;
    return Response.json({ name: "GoTrue", version: "local", description: "local Supabase by supaopt" });
  } catch {
    return Response.json({ message: "the database does not answer" }, { status: 503 });
  }
}

async function reload(request) {
  if (request.headers.get("apikey") !== settings.secretKey) return new Response(null, { status: 401 });
  await forgetSchema();
  await admin.introspect({ useCache: true });
  return new Response(null, { status: 204 });
}

async function forgetSchema() {
  await Promise.all([admin.clearSchemaCache(), rest.clearSchemaCache()]);
}

async function prepareDatabase() {
  await Promise.all([restApp.init(), authApp.init()]);
  await authApp.ensureSystemSchema();
  await auth.driver.unsafe(readFileSync(new URL("auth.sql", import.meta.url), "utf8"));
  if (mended("reload")) await admin.driver.listen("pgrst", forgetSchema);
}

const server = createAdaptorServer({ fetch: handle });

shutDown = async () => {
  server.close();
  server.closeAllConnections();
  await Promise.allSettled([admin.close(), rest.close(), auth.close()]);
};

function report(event) {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

function fail(error) {
  report({ event: "failed", message: error.message });
  console.error(error);
  process.exit(1);
}

function listen(port) {
  server.listen(port, "127.0.0.1");
}

server.once("listening", () => {
  const { port } = server.address();
  settings.url = `http://127.0.0.1:${port}`;
  report({ event: "ready", port });
});

server.once("error", (error) => {
  // Between the look at the port and now another program may have taken it.
  if (error.code !== "EADDRINUSE" || !settings.anyPort) return fail(error);
  server.once("error", fail);
  listen(0);
});

await prepareDatabase().catch(fail);
listen(settings.port);
