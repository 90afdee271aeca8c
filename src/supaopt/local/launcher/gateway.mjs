// Who calls: API keys of both kinds, and the caller's token. Hosted projects have a gateway for it.
import { API_ROLES } from "./connection.mjs";
import { Refusal } from "./refusals.mjs";
import { claimsOf, refuseToken } from "./tokens.mjs";

export function createGateway({ publishableKey, secretKey }, tokens, mended) {
  const kinds = { [publishableKey]: ["publishable", "anon"], [secretKey]: ["secret", "service_role"] };
  const byRole = { anon: publishableKey, service_role: secretKey };

  // A project's legacy keys are tokens for anon and service_role, signed with its secret.
  async function currentKey(apikey) {
    const key = mended("legacy-keys") ? byRole[claimsOf(apikey)?.role] : undefined;
    return key && (await tokens.isShared(apikey)) ? key : apikey;
  }

  // Which kind of API key was shown, the role that it stands for, and a token beside it.
  async function read(request) {
    const sent = request.headers.get("apikey") ?? new URL(request.url).searchParams.get("apikey");
    const [kind, role] = (sent && kinds[await currentKey(sent)]) || [];
    const token = bearer(request);
    const isKey = token === sent || token?.startsWith("sb_");
    return { kind, role, token: isKey ? undefined : token, isLegacy: !sent?.startsWith("sb_") };
  }

  // Returns {kind, claims} of a REST caller; {refusal} for a token that proves nothing or claims a
  // role that no API caller has; nothing at all for an unknown API key.
  async function identify(request) {
    const { kind, role, token } = await read(request);
    if (!kind || !token) return kind ? { kind, claims: { role } } : {};
    try {
      const claims = await tokens.verify(token);
      return mended("roles") && !mayAssume(claims.role) ? { refusal: refuseRole(claims.role) } : { kind, claims };
    } catch (error) {
      return { refusal: refuseToken(token, error) };
    }
  }

  const knows = async (request) => (await read(request)).kind !== undefined;

  // Returns the role of a caller of the Auth server's admin API, or throws why there is none. A
  // current key stands for a token, a legacy one is a token, and has to be shown as one.
  async function roleOf(request) {
    const { role, token, isLegacy } = await read(request);
    if (isLegacy && !bearer(request)) {
      throw new Refusal(401, "no_authorization", "This endpoint requires a valid Bearer token");
    }
    if (!token) return role;
    const claims = await tokens.verify(token).catch((error) => {
      throw new Refusal(403, "bad_jwt", `invalid JWT: unable to parse or verify signature, ${error.message}`);
    });
    return claims.role;
  }

  // What the Auth server understands: current API keys, and tokens signed with the shared secret.
  async function translate(request) {
    const headers = new Headers(request.headers);
    const apikey = headers.get("apikey");
    const token = bearer(request);
    if (apikey) headers.set("apikey", await currentKey(apikey));
    if (token) headers.set("authorization", `Bearer ${await tokens.exchange(token)}`);
    return new Request(request, { headers });
  }

  return { knows, identify, roleOf, translate };
}

function bearer(request) {
  return request.headers.get("authorization")?.match(/^Bearer\s+(\S+)$/i)?.[1];
}

function mayAssume(role) {
  return role === undefined || role === null || API_ROLES.has(role);
}

function refuseRole(role) {
  const message = `permission denied to set role ${JSON.stringify(role)}`;
  return Response.json({ code: "42501", message, details: null, hint: null }, { status: 403 });
}
