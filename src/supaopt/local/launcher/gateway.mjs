// Who calls: API keys of both kinds, and the caller's token. Hosted projects have a gateway for it.
import { API_ROLES } from "./connection.mjs";
import { claimsOf, refuseToken } from "./tokens.mjs";

export function createGateway({ publishableKey, secretKey }, tokens, mended) {
  const kinds = { [publishableKey]: ["publishable", "anon"], [secretKey]: ["secret", "service_role"] };
  const byRole = { anon: publishableKey, service_role: secretKey };

  // A project's legacy keys are tokens for anon and service_role, signed with its secret.
  async function currentKey(apikey) {
    const key = mended("legacy-keys") ? byRole[claimsOf(apikey)?.role] : undefined;
    return key && (await tokens.isShared(apikey)) ? key : apikey;
  }

  // Returns {kind, claims} of a REST caller; {refusal} for a token that proves nothing or claims a
  // role that no API caller has; nothing at all for an unknown API key.
  async function identify(request) {
    const sent = request.headers.get("apikey") ?? new URL(request.url).searchParams.get("apikey");
    if (!sent) return {};
    const [kind, role] = kinds[await currentKey(sent)] ?? [];
    const token = bearer(request);
    if (!kind || !token || token === sent || token.startsWith("sb_")) return { kind, claims: { role } };
    try {
      const claims = await tokens.verify(token);
      return mended("roles") && !mayAssume(claims.role) ? { refusal: refuseRole(claims.role) } : { kind, claims };
    } catch (error) {
      return { refusal: refuseToken(token, error) };
    }
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

  return { identify, translate };
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
