"use tsyncio";
// Looks, waits, then writes: in some order two withdrawals both
// see enough money. A Lock around it is the cure.
import { gather, run, sleep } from "tsyncio";

class Account {
  balance = 100;

  async withdraw(amount: number) {
    await sleep(0.1); // the request is on its way
    const { balance } = this;
    if (balance < amount) return false;
    await sleep(0.05); // asks the bank
    this.balance = balance - amount;
    return true;
  }
}

async function main() {
  const account = new Account();
  async function later() {
    await sleep(0.1);
    return await account.withdraw(80);
  }
  const paid = await gather(account.withdraw(80), later());
  console.log("paid:", paid, "balance:", account.balance);
  if (paid[0] && paid[1]) throw new Error("160 paid out of 100");
}

await run(main());
