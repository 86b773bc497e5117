// npm run playground [-- --dev]: builds playground/dist, or builds it again at each change and serves it on loopback.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build, preview } from "vite";

const configFile = join(import.meta.dirname, "vite.config.ts");
const { values } = parseArgs({ options: { dev: { type: "boolean", default: false } } });
const options = { configFile, configLoader: "native" };

if (values.dev) {
  await build({ ...options, mode: "development", build: { watch: {}, minify: false } });
  const server = await preview({ ...options, preview: { host: "127.0.0.1", port: 4180 } });
  server.printUrls();
} else await build({ ...options, logLevel: "warn" });
