/** Where the build puts what realms scan chunks with. */

const folder = import.meta.url.endsWith(".ts") ? "../../../dist/lib/program/" : "../../program/";

/** From sources it is the build's: a module is compiled by nothing that comes with the package. */
export const scannerFile: URL = new URL(`${folder}scanner.wasm`, import.meta.url);
