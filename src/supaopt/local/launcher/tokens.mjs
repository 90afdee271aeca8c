// Access tokens: issued as Supabase Auth issues them (ES256, published key), and taken back.
import { compactVerify, CompactSign, decodeJwt, decodeProtectedHeader, errors, importJWK, jwtVerify } from "jose";

const MAX_REMEMBERED = 1000;
const LEEWAY_SECONDS = 30;
const CLAIM_FAILURES = { exp: "JWT expired", nbf: "JWT not yet valid", iat: "JWT issued at future" };

export async function createTokens({ jwtSecret, signingKey }, { asymmetric }) {
  const { d: _private, ...publicJwk } = signingKey;
  const secret = new TextEncoder().encode(jwtSecret);
  const privateKey = await importJWK(signingKey, "ES256");
  const publicKey = await importJWK(publicJwk, "ES256");
  const exchanged = new Map();

  const sign = (payload, key, header) => new CompactSign(payload).setProtectedHeader({ typ: "JWT", ...header }).sign(key);
  const encode = (claims) => new TextEncoder().encode(JSON.stringify(claims));
  const isAsymmetric = (token) => asymmetric && headerOf(token)?.alg === "ES256";

  // Returns the claims of a token that either key signed, or throws jose's error.
  async function verify(token) {
    const [key, algorithm] = isAsymmetric(token) ? [publicKey, "ES256"] : [secret, "HS256"];
    const { payload } = await jwtVerify(token, key, { algorithms: [algorithm], clockTolerance: LEEWAY_SECONDS });
    if (payload.iat > Date.now() / 1000 + LEEWAY_SECONDS) throw new errors.JWTClaimValidationFailed("", payload, "iat");
    return payload;
  }

  // The Auth server knows the shared secret alone, so a token of ours is signed again for it, claims
  // unchanged: it still judges expiry. One that we did not sign stays as it is, and fails there.
  async function exchange(token) {
    if (!isAsymmetric(token)) return token;
    if (exchanged.has(token)) return exchanged.get(token);
    const verified = await compactVerify(token, publicKey, { algorithms: ["ES256"] }).catch(() => null);
    if (!verified) return token;
    const shared = await sign(verified.payload, secret, { alg: "HS256" });
    if (exchanged.size >= MAX_REMEMBERED) exchanged.clear();
    exchanged.set(token, shared);
    return shared;
  }

  return {
    jwks: { keys: [{ ...publicJwk, alg: "ES256", use: "sig", key_ops: ["verify"] }] },
    verify,
    exchange,
    issue: (claims) =>
      asymmetric
        ? sign(encode(claims), privateKey, { alg: "ES256", kid: signingKey.kid })
        : sign(encode(claims), secret, { alg: "HS256" }),
    isShared: (token) => compactVerify(token, secret, { algorithms: ["HS256"] }).then(() => true, () => false),
  };
}

export function claimsOf(token) {
  try {
    return decodeJwt(token);
  } catch {
    return null;
  }
}

// What PostgREST answers to a token that proves nothing.
export function refuseToken(token, error) {
  const parts = token.split(".").length;
  const [code, message, details = null] = CLAIM_FAILURES[error.claim]
    ? ["PGRST303", CLAIM_FAILURES[error.claim]]
    : parts !== 3
      ? ["PGRST301", `Expected 3 parts in JWT; got ${parts}`]
      : ["PGRST301", "No suitable key or wrong key type", "None of the keys was able to decode the JWT"];
  const challenge = `Bearer error="invalid_token", error_description="${message}"`;
  return Response.json({ code, message, details, hint: null }, { status: 401, headers: { "WWW-Authenticate": challenge } });
}

function headerOf(token) {
  try {
    return decodeProtectedHeader(token);
  } catch {
    return null;
  }
}
