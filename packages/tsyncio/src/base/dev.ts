/**
 * Does this build check arguments, and add advice to its errors? False in production bundles: see dev.production.ts.
 */
export const DEV: boolean = true;
