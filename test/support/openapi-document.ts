// Whether a document is OpenAPI, by the schema that the standard gives for it.
import { Validator } from '@seriousme/openapi-schema-validator'

/** The version of OpenAPI that `document` is written in, and what is wrong with it. */
export async function validateOpenApi(document: object): Promise<{ readonly version: string; readonly errors: readonly object[] | string }> {
  const validator = new Validator()
  const { errors = [] } = await validator.validate(document)
  return { version: validator.version, errors }
}
