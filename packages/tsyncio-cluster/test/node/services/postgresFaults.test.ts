import { describeFaults } from "./engineFaults.ts";

describeFaults("PostgreSQL");
