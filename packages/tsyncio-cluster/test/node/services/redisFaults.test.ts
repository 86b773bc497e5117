import { describeFaults } from "./engineFaults.ts";

describeFaults("Redis");
