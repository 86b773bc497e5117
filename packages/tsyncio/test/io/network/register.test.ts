/** The bugs of the collection that need the simulated network. */

import { describe } from "vitest";
import { registerBugs } from "../../../../../bugs/register.ts";
import { testsOf } from "../../testing/bugsSuite.ts";

describe("the bugs on the simulated network", () => testsOf(registerBugs));
