// Names in the options of a gateway that the schema does not have: found at creation, as they would otherwise do nothing.
import type { DescMethod, FileRegistry } from '@bufbuild/protobuf'
import { checkCors } from './cors.js'
import type { GatewayOptions } from './options.js'
import { findChain } from './parameter.js'

/** Throws Error naming the option when it cannot be meant. */
export function checkOptions(schema: FileRegistry, options: GatewayOptions): void {
  checkCors(options.cors)
  const emitted = [options.json, ...Object.values(options.serviceJson ?? {})].flatMap((json) => json?.alwaysEmit ?? [])
  for (const name of emitted) {
    const at = name.lastIndexOf('.')
    const fields = schema.getMessage(name.slice(0, at))?.fields
    if (fields?.some((field) => field.name === name.slice(at + 1)) !== true) throw new Error(`alwaysEmit: no field ${name}`)
  }
  for (const name of Object.keys(options.serviceJson ?? {}))
    if (schema.getService(name) === undefined) throw new Error(`serviceJson: no service ${name}`)
  for (const name of Object.keys(options.methodTimeoutMs ?? {})) findMethod(schema, 'methodTimeoutMs', name)
  for (const name of Object.keys(options.openApi?.answers ?? {})) findMethod(schema, 'openApi.answers', name)
  for (const [name, { id, resume }] of Object.entries(options.streamPositions ?? {})) {
    const { input, output } = findMethod(schema, 'streamPositions', name)
    if (!output.fields.some((field) => field.name === id))
      throw new Error(`streamPositions: ${output.typeName} has no field ${id}`)
    if (resume !== undefined && findChain(input, resume) === undefined)
      throw new Error(`streamPositions: ${input.typeName} has no field ${resume}`)
  }
}

function findMethod(schema: FileRegistry, option: string, name: string): DescMethod {
  const at = name.lastIndexOf('.')
  const methods = schema.getService(name.slice(0, at))?.methods
  const method = methods?.find((candidate) => candidate.name === name.slice(at + 1))
  if (method === undefined) throw new Error(`${option}: no method ${name}`)
  return method
}
