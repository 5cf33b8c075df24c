// What is used of a package that comes without types.
declare module '@seriousme/openapi-schema-validator' {
  export class Validator {
    /** The version of OpenAPI that the document was read as. */
    readonly version: string
    validate(document: object): Promise<{ readonly valid: boolean; readonly errors?: readonly object[] | string }>
  }
}
