/** The program under test: an esbuild alias puts it there. */
declare module "bench:program" {
  const program: unknown;
  export default program;
}
