/** `#dev` of the production build: what is written `if (DEV)` is left out of it. */
export const DEV = false;
