// Quotes in filters: inside or=(...) and and=(...) they protect a value, with escapes that the REST
// server's parser does not know; elsewhere they are the value's own, and it would drop them. So they
// travel through it as characters that Unicode sets aside for such use, and turn back after.
const HIDDEN = '"\\,.:()';
const FIRST = 0xfdd0;
const LOGIC = /(^|\.)(and|or)$/;
// A value in quotes, after the operator; patterns are always text, so they need no quotes at all.
const QUOTED = /(?<=[.,(])((?:i?like|i?match)\.)?"((?:[^"\\]|\\.)*)"/gs;
// A plain comparison, in which quotes are quotes.
const PLAIN = /^(not\.)?(n?eq|[gl]te?|i?like|i?match)\./;
const DISGUISES = /[\ufdd0-\ufddf]/g;

const hide = (character) =>
  HIDDEN.includes(character) ? String.fromCharCode(FIRST + HIDDEN.indexOf(character)) : character;
const show = (text) => text.replace(DISGUISES, (character) => HIDDEN[character.charCodeAt(0) - FIRST] ?? character);

// Returns the address with all that the server would misread hidden, or as it is when there is none.
export function hideEscapes(address) {
  const url = new URL(address);
  if (!/(%22|")/i.test(url.search)) return address;
  const parts = url.search.slice(1).split("&").map((part) => {
    const [name, value] = [...new URLSearchParams(part)][0] ?? ["", ""];
    const hidden = hideIn(name, value);
    return hidden === value ? part : `${encodeURIComponent(name)}=${encodeURIComponent(hidden)}`;
  });
  url.search = parts.join("&");
  return url.href;
}

function hideIn(name, value) {
  if (LOGIC.test(name)) return value.replace(QUOTED, hideQuoted);
  return PLAIN.test(value) ? value.replaceAll('"', hide) : value;
}

function hideQuoted(_whole, operator, content) {
  const plain = content.replace(/\\(.)/gs, "$1");
  if (operator) return operator + [...plain].map(hide).join("");
  return `"${content.replace(/\\(.)/gs, (_escape, character) => hide(character))}"`;
}

// Returns what the server has read, with the hidden characters shown again.
export function showEscapes(query) {
  if (typeof query === "string") return show(query);
  if (Array.isArray(query)) return query.map(showEscapes);
  if (query === null || typeof query !== "object") return query;
  return Object.fromEntries(Object.entries(query).map(([name, value]) => [name, showEscapes(value)]));
}
