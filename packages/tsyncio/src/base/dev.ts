/** Does this build check arguments, and give advice in its errors? False in production bundles: see dev.production.ts. */
export const DEV: boolean = true;
