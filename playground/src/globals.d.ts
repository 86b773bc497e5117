/** The list is generated code without types. */
declare module "oxc-parser/visitorKeys" {
  const visitorKeys: Readonly<Record<string, readonly string[]>>;
  export default visitorKeys;
}
