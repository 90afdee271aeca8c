// What PostgREST writes where a row names no value: null, or the column's default. The REST server
// writes the default and answers null, and cannot write a row that names nothing at all.
import { sql } from "kysely";

const WRITES = new Set(["insert", "upsert", "update"]);
const DEFAULT = sql`default`;

// Returns the values of a write with one for each column that the caller's `columns` names, and
// with a default for one column of a row that is to have nothing but defaults.
export function withDefaults({ type, values, $meta: meta = {} }, firstColumn) {
  if (!WRITES.has(type) || !values) return values;
  const missing = meta.missing === "default" ? DEFAULT : null;
  const filled = (row) => {
    const added = (meta.columns ?? []).filter((column) => !(column in row)).map((column) => [column, missing]);
    if (type !== "update" && !meta.columns && firstColumn && isEmpty(row)) added.push([firstColumn, DEFAULT]);
    return { ...row, ...Object.fromEntries(added) };
  };
  return Array.isArray(values) ? values.map(filled) : filled(values);
}

const isEmpty = (row) => Object.keys(row).length === 0;
