/** PostgreSQL over the library pg, with names after asyncpg. */

export { Connection, type CursorOptions } from "./connection.ts";
export type { PoolOptions } from "./options.ts";
export { createPool, Pool } from "./pool.ts";
export { Queries, type QueryText, type Row, type Values } from "./queries.ts";
export { Transaction, type TransactionOptions } from "./transaction.ts";
