import v8 from "node:v8";
import vm from "node:vm";

import { expect } from "chai";

import { bootText } from "../../../lib/sandbox/realm/boot-text.ts";

/** In V8's own words: the names of the built-in objects that it looks up in as in hash tables. */
const slow = `Object.getOwnPropertyNames(globalThis).flatMap((name) => {
  const value = globalThis[name];
  const owners = { [name]: value, [name + ".prototype"]: value?.prototype };
  return Object.keys(owners).filter((key) => owners[key] === Object(owners[key]) && !%HasFastProperties(owners[key]));
}).join()`;

describe("sandbox/realm/tame", () => {
  it("leaves every built-in object as fast as it was", () => {
    v8.setFlagsFromString("--allow-natives-syntax");
    try {
      const look = new vm.Script(slow);
      for (let realms = 0; realms < 3; realms++) {
        const context = vm.createContext(vm.constants.DONT_CONTEXTIFY);
        new vm.Script("delete Math.random").runInContext(context);
        expect(look.runInContext(context)).to.contain("Math");
        new vm.Script(bootText("boot")).runInContext(context);
        expect(look.runInContext(context)).to.equal("");
      }
    } finally {
      v8.setFlagsFromString("--no-allow-natives-syntax");
    }
  });
});
