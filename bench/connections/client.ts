/** Opens connections that idle: client.ts PORT COUNT. Each has been used once. Prints a line when all are open. */
import { connect } from "node:net";

const [port = 0, count = 0] = process.argv.slice(2).map(Number);
/** How many are opened at once: no listener's backlog is that short. */
const WIDTH = 200;

function open(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true }, () => socket.write("a short request\n"));
    socket.once("data", () => resolve());
    socket.on("error", reject);
  });
}

for (let opened = 0; opened < count; opened += WIDTH) {
  await Promise.all(Array.from({ length: Math.min(WIDTH, count - opened) }, open));
}
console.log("open");
