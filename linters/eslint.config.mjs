// ESLint as a program in native syntax has it: typescript-eslint with the types of tsyncio/native/types, and the
// plugin.
import tsyncio from "eslint-plugin-tsyncio";
import tseslint from "typescript-eslint";

export default tseslint.config({
  files: ["*.ts"],
  extends: [tseslint.configs.base, tsyncio.configs.recommended],
  languageOptions: { parserOptions: { project: "./tsconfig.json", tsconfigRootDir: import.meta.dirname } },
  rules: {
    "@typescript-eslint/no-floating-promises": "error",
    "@typescript-eslint/no-misused-promises": "error",
    "@typescript-eslint/await-thenable": "error",
  },
});
