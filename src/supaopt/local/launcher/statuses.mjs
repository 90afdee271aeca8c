// Which HTTP status PostgREST answers for an SQLSTATE. First match wins; anything else is a 400.
const TABLE = [
  [/^P0001/, 400], [/^P0/, 500],
  [/^08/, 503], [/^09/, 500], [/^0L/, 403], [/^0P/, 403],
  [/^23503|^23505/, 409],
  [/^25006/, 405], [/^25/, 500], [/^28/, 403], [/^2D/, 500],
  [/^38/, 500], [/^39/, 500], [/^3B/, 500], [/^40/, 500],
  [/^42883|^42P01/, 404], [/^42P17/, 500],
  [/^53400/, 500], [/^53/, 503], [/^54/, 500], [/^55/, 500], [/^57P01/, 503], [/^57/, 500], [/^58/, 500],
  [/^F0/, 500], [/^HV/, 500], [/^XX/, 500],
];

export function httpStatus(sqlstate) {
  return TABLE.find(([pattern]) => pattern.test(sqlstate))?.[1] ?? 400;
}
